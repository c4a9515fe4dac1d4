"""Follow-ups: markers of work that recovery has to finish after a request has ended.

A run that ends, waits again, is restarted or is deleted may leave work behind: task runs whose process is
gone or that are to begin anew, and items that an interrupted deletion did not reach. The request puts a
marker before the write that makes the work necessary, so that recovery finds the work even if the request
dies. A marker without work does no harm.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

# For the type checker alone, because importing it would make every start slower.
if TYPE_CHECKING:
    from domain.flow_runs.restarts import Restart

# After this time, neither a request nor any write that it sent is under way.
LONGEST_REQUEST: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The marker of one flow run: when it was last put, if the run is being deleted, its last restart."""

    flow_run_id: str
    at: datetime
    deletes: bool = False
    restart: "Restart | None" = None


@dataclass(frozen=True, slots=True)
class Removal:
    """The marker of a flow or a project that is being deleted or was deleted: when it was last put.

    The deletion is unfinished while the flow or project exists. Afterwards, requests that began earlier may
    still add items to it. A flow has a `group_id`. A deleted flow also has the time at which it was
    `archived`, because no request that begins later creates a run of it.
    """

    id: str
    at: datetime
    group_id: str | None = None
    archived: datetime | None = None
