"""Queries of list pages, whose cost is measured."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from operations.context import Context
from operations.reads.arguments import Arguments
from operations.reads.query import aggregate_rows, list_rows
from operations.reads.rows import Need

# A query returns its number of rows, or the number that it counted.
Query = Callable[[Context], int]

PAGE = 50
# No index has the order of these lists, so every run that their filter matches is read.
SORTED = frozenset({"Running, by start"})
COLUMNS = {"id", "name", "state", "created", "start_time"}


def list_page() -> Need:
    """Return the columns of a run in a list page."""
    return Need(set(COLUMNS), {"flow": Need({"name"}, {"project": Need({"name"})})})


def whole_run() -> Need:
    """Return the columns of the page of one run."""
    return Need({*COLUMNS, "serialized_state"}, {"states": Need({"state", "timestamp"})})


def queries(now: datetime, flow_id: str, flow_run_id: str) -> Mapping[str, Query]:
    """Return the queries by name; `now` is the time of the latest generated runs."""
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
        "upcoming, by start": _newest(
            {**_in("Scheduled"), "state_start_time": {"_gt": now}}, {"state_start_time": "asc"}
        ),
        "of one hour ten days ago": _newest({"created": hour}),
        "with a label": _newest({"labels": {"_contains": ["gpu"]}}),
        # One name in seven begins with s, and each batch is twice the one before: 25 such runs take 200
        # reads.
        "25 by name prefix": _newest({"name": {"_like": "s%"}}, limit=25),
    }
    by_id = Arguments(where={"id": {"_eq": flow_run_id}})
    return (
        {name: partial(_rows, arguments, list_page()) for name, arguments in lists.items()}
        | {"one by id, with states": partial(_rows, by_id, whole_run())}
        | {
            "count of one hour": partial(_count, {"created": hour}),
            "count of Failed in that hour": partial(_count, {"created": hour, **_in("Failed")}),
        }
    )


def _rows(arguments: Arguments, need: Need, context: Context) -> int:
    return len(list_rows(context, "flow_run", arguments, need))


def _count(where: Mapping[str, Any], context: Context) -> int:
    return aggregate_rows(context, "flow_run", Arguments(where=where), Need()).count()


def _in(state: str) -> dict[str, Any]:
    return {"state": {"_eq": state}}


def _newest(where: Mapping[str, Any], order: Mapping[str, str] | None = None, limit: int = PAGE) -> Arguments:
    return Arguments(where=where, order_by=[order or {"created": "desc"}], limit=limit)
