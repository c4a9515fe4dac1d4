"""The use case that clears late runs: those of schedules that are due and that no agent has begun."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from domain.errors import BadUserInput, NotFound
from domain.flow_runs.flow_runs import FlowRun
from domain.schedules.rules.rules import LONGEST_LATE
from domain.schedules.runs.lateness import cleared
from domain.schedules.runs.signs import WAITS
from domain.schedules.runs.turns import Skip
from operations.context import Context
from operations.flow_runs.skipping import close_all
from operations.reads.arguments import Arguments
from operations.reads.query import list_rows
from operations.reads.rows import Need

# One request finds so many; a repeat goes on.
MAX_CLEARED: Final = 500
# A request looks at so many pages until it has found them: a user may have scheduled those before anew.
_MOST_PAGES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class LateRuns:
    """The late runs of a flow group, a flow or a project: one of these is given.

    late_after  for how long they are due at least
    """

    flow_group_id: str | None = None
    flow_id: str | None = None
    project_id: str | None = None
    late_after: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Cleared:
    """How many runs were closed, or would be, and if more are left."""

    count: int
    left: bool


def clear_late_runs(context: Context, wanted: LateRuns, *, dry_run: bool) -> Cleared:
    """Close late automatic runs as skipped, as many as one request can; or only count them.

    Raises NotFound, BadUserInput, ApiError.
    """
    if not timedelta(0) <= wanted.late_after <= LONGEST_LATE:
        most = int(LONGEST_LATE.total_seconds())
        raise BadUserInput(f"late_after must be from 0 to {most:,} seconds.", {"field": "late_after"})
    now = context.now()
    where = _scope(context, wanted) | {
        "state": {"_in": ["Scheduled", "Queued"]},
        "auto_scheduled": {"_eq": True},
        "scheduled_start_time": {"_lte": now - wanted.late_after},
        # Runs that are not cleared must not fill the page: the request would never get past them.
        "start_time": {"_is_null": True},
        "times_resurrected": {"_eq": 0},
        "_or": [{"version": {"_eq": 1}}, {"state_message": {"_like": f"{WAITS}%"}}],
    }
    late: list[tuple[FlowRun, Skip]] = []
    has_more = True
    for page in range(_MOST_PAGES):
        runs, has_more = _listed(context, where, page * MAX_CLEARED)
        late += [(run, skip) for run in runs if (skip := cleared(run, now, wanted.late_after)) is not None]
        if not has_more or len(late) >= MAX_CLEARED or not context.work.may_go_on:
            break
    found, has_more = late[:MAX_CLEARED], has_more or len(late) > MAX_CLEARED
    if dry_run:
        return Cleared(len(found), has_more)
    closed = close_all(context, found, now)
    return Cleared(closed, has_more or closed < len(found))


def _listed(context: Context, where: dict[str, Any], offset: int) -> tuple[list[FlowRun], bool]:
    """Return a page of runs, as they are now, and if there are more."""
    arguments = Arguments(
        where=where, order_by=[{"created": "asc"}], limit=MAX_CLEARED + 1, offset=offset or None
    )
    ids = [row.value.id for row in list_rows(context, "flow_run", arguments, Need({"id"}))]
    found = context.store.flow_runs.get(ids[:MAX_CLEARED], (), consistent=True)
    return found, len(ids) > MAX_CLEARED


def _scope(context: Context, wanted: LateRuns) -> dict[str, Any]:
    """Return the filter of the runs. Raises NotFound, BadUserInput."""
    where: dict[str, Any]
    match wanted:
        case LateRuns(flow_group_id=str(group_id), flow_id=None, project_id=None):
            found: Any = context.store.flows.groups([group_id], whole=False)
            what, where = f"flow group {group_id}", {"flow": {"flow_group_id": {"_eq": group_id}}}
        case LateRuns(flow_group_id=None, flow_id=str(flow_id), project_id=None):
            found = context.store.flows.get([flow_id])
            what, where = f"flow {flow_id}", {"flow_id": {"_eq": flow_id}}
        case LateRuns(flow_group_id=None, flow_id=None, project_id=str(project_id)):
            found = context.store.projects.get([project_id])
            what, where = f"project {project_id}", {"flow": {"project_id": {"_eq": project_id}}}
        case _:
            raise BadUserInput("Give one of flow_group_id, flow_id and project_id: whose late runs to clear.")
    if not found:
        raise NotFound(f"There is no {what}.")
    return where
