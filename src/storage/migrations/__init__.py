"""The migrations of older data, one step for each form: docs/data-model.md says how to add a step.

A step handles a piece of some hundred items and returns the position of the next piece. A piece may be cut
off and repeated, and other writers may change its items. So a write of a step is refused unless what it
relies on is as it was read, or the write only adds a mark that recovery checks before it acts on it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from domain.formats import MigrationPiece
from storage.dynamodb.table import Table
from storage.layout.keys import Keys
from storage.migrations.left_behind import mark_left_behind
from storage.migrations.names_and_ends import list_names_and_ends
from storage.migrations.tasks_of_flows import keep_tasks
from storage.migrations.waiting import move_waiting

Step = Callable[[Table, Keys, str | None, datetime], MigrationPiece]

# The first step makes form 1 of data without a form, and so on. domain.formats.CURRENT is the number of
# steps.
STEPS: Final[Sequence[Step]] = (keep_tasks, move_waiting, mark_left_behind, list_names_and_ends)
