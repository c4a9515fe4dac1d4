"""Follow-ups: what recovery still has to do about a run after the request that began it has ended.

A run that ends, waits again or is deleted may leave work behind: task runs whose process is gone, and items
that an interrupted deletion did not reach. A marker is put before the write that makes the work necessary,
so that it is found whoever dies. One for which there is nothing to do does no harm.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

# No request, and no write that it sent, is under way any more after so long.
LONGEST_REQUEST: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The marker of one run: when it was put last, and whether the run is being deleted."""

    flow_run_id: str
    at: datetime
    deletes: bool = False


@dataclass(frozen=True, slots=True)
class Removal:
    """The marker of a flow or a project that is being deleted, or was: when it was put last.

    While the flow or project is there, its deletion is not done. Afterwards requests that began before may
    bring something in. A flow has `group_id`, and once it is gone also when it was `archived`: from then on
    no request begins that makes a run of it.
    """

    id: str
    at: datetime
    group_id: str | None = None
    archived: datetime | None = None
