"""What brings older data into today's form, one step for each form: docs/data-model.md says how to add one.

A step does a piece of some hundred items and answers where the next one begins. It may be cut and repeated,
and others may write what it reads: each of its writes holds on the item as it was read.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from domain.formats import Piece
from storage.dynamodb.table import Table
from storage.layout.keys import Keys
from storage.migrations.left_behind import find_what_was_left
from storage.migrations.tasks_of_flows import keep_tasks
from storage.migrations.waiting import move_waiting

Step = Callable[[Table, Keys, str | None, datetime], Piece]

# The first makes form 1 of what has no form, and so on: domain.formats.CURRENT is how many there are.
STEPS: Final[Sequence[Step]] = (keep_tasks, move_waiting, find_what_was_left)
