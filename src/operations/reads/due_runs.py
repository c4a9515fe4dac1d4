"""The runs of a caller's projects that an agent may take, found by their flows.

The queue lists the runs of all projects. These lists take as long however many runs of other projects wait.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import KIND_OF, Kind
from operations.context import Context
from operations.reads.arguments import Arguments
from operations.reads.query import list_rows
from operations.reads.rows import Need

_WAITING: Final = [name for name, kind in KIND_OF.items() if kind is Kind.SCHEDULED]


def due_runs(
    context: Context, due_at: datetime, most: int, labels: Collection[str] | None = None
) -> list[FlowRun]:
    """Return the flow runs that are due, the longest due first, for an agent with these labels or for any.

    Raises BadUserInput if too many runs of these projects wait.
    """
    where: dict[str, Any] = {"state": {"_in": _WAITING}, "state_start_time": {"_lte": due_at}}
    if labels is not None:  # a run without labels goes only to an agent without labels
        where["labels"] = {"_contained_in": sorted(labels)} | ({"_neq": []} if labels else {})
    arguments = Arguments(where=where, order_by=[{"state_start_time": "asc"}], limit=most)
    return [row.value for row in list_rows(context, "flow_run", arguments, Need({"state_start_time"}))]


def running_ids(context: Context, most: int) -> list[str]:
    """Return the ids of flow runs that are Running, the oldest first. Raises BadUserInput."""
    arguments = Arguments(where={"state": {"_eq": "Running"}}, order_by=[{"created": "asc"}], limit=most)
    return [row.value.id for row in list_rows(context, "flow_run", arguments, Need({"id"}))]
