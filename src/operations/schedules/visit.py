"""One visit to a schedule that is kept up."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from operations.flow_runs.cancelling import HasTime


@dataclass(frozen=True, slots=True)
class Visit:
    """The instant of a visit, whether time is left, and the numbers of runs by what was `done` with them.

    `ends` says that a change ends the schedule at this instant.
    """

    at: datetime
    has_time: HasTime
    done: Counter[str]
    ends: bool = False
