"""The queries of list pages whose cost is measured."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from operations.reads.query import Arguments
from operations.reads.rows import Need

PAGE = 50
COLUMNS = {"id", "name", "state", "created", "start_time"}


def list_page() -> Need:
    """What a list page shows of each run."""
    return Need(set(COLUMNS), {"flow": Need({"name"}, {"project": Need({"name"})})})


def whole_run() -> Need:
    """What the page of one run shows."""
    return Need({*COLUMNS, "serialized_state"}, {"states": Need({"state", "timestamp"})})


def queries(now: datetime, flow_id: str, flow_run_id: str) -> dict[str, tuple[Arguments, Need]]:
    """Each query by its name, with what it shows; `now` is the time to which the runs were made up."""
    hour = {"_gte": now - timedelta(days=10), "_lt": now - timedelta(days=10, hours=-1)}
    named = {"name": {"_eq": "clean"}, "project": {"name": {"_eq": "north"}}}
    lists = {
        "of the tenant": _newest({}),
        "of a flow, by id": _newest({"flow_id": {"_eq": flow_id}}),
        "of a flow, by name and project": _newest({"flow": named}),
        "of a project": _newest({"flow": {"project": {"name": {"_eq": "north"}}}}),
        "Success": _newest(_in("Success")),
        "Failed": _newest(_in("Failed")),
        "Running": _newest(_in("Running")),
        "Running, by start": _newest(_in("Running"), {"start_time": "desc"}),
        "Scheduled": _newest(_in("Scheduled")),
        "Scheduled, by start": _newest(_in("Scheduled"), {"state_start_time": "asc"}),
        "due now, by start": _newest(
            {**_in("Scheduled"), "state_start_time": {"_lte": now}}, {"state_start_time": "asc"}
        ),
        "of one hour ten days ago": _newest({"created": hour}),
    }
    by_id = Arguments(where={"id": {"_eq": flow_run_id}})
    return {name: (arguments, list_page()) for name, arguments in lists.items()} | {
        "one by id, with states": (by_id, whole_run())
    }


def _in(state: str) -> dict[str, Any]:
    return {"state": {"_eq": state}}


def _newest(where: Mapping[str, Any], order: Mapping[str, str] | None = None) -> Arguments:
    return Arguments(where=where, order_by=[order or {"created": "desc"}], limit=PAGE)
