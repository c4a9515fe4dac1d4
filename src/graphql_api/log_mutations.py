"""Mutations that write logs."""

from typing import Final

from graphql import GraphQLEnumType, GraphQLEnumValue, GraphQLString

from domain.logs import DEFAULT_LEVEL, LEVELS, MAX_ENTRIES, LogEntry
from graphql_api.dialects import Input, Mutation, Required
from graphql_api.flow_mutations import Given, as_json
from graphql_api.payloads import Payloads
from graphql_api.scalars import DATE_TIME, JSON, UUID
from operations.context import Context
from operations.logs import write_logs

LOG_LEVEL: Final = GraphQLEnumType(
    "log_level", {name: GraphQLEnumValue(name) for name in LEVELS}, description="How grave it is."
)

_ENTRY: Final = (
    Input("flow_run_id", UUID, "The flow run.", Required.YES),
    Input("task_run_id", UUID, "The task run, if it is one that says it."),
    Input("timestamp", DATE_TIME, "When it was said; now if null."),
    Input("name", GraphQLString, "The logger's name."),
    Input("message", GraphQLString, "What was said."),
    Input("level", LOG_LEVEL, f"How grave it is; {DEFAULT_LEVEL} if null."),
    Input("info", JSON, "Anything more."),
)


def _write(context: Context, given: Given) -> Given:
    write_logs(context, [_entry(context, each) for each in given["logs"]])
    return {"success": True}


def _write_one(context: Context, given: Given) -> Given:
    write_logs(context, [_entry(context, given)])
    return {"success": True}


def _entry(context: Context, given: Given) -> LogEntry:
    return LogEntry(
        flow_run_id=given["flow_run_id"],
        task_run_id=given.get("task_run_id"),
        timestamp=given.get("timestamp") or context.now(),
        name=given.get("name"),
        level=given.get("level") or DEFAULT_LEVEL,
        message=given.get("message") or "",
        info=as_json(given["info"], "info") if given.get("info") is not None else None,
    )


def log_mutations(payloads: Payloads) -> tuple[Mutation, ...]:
    """The mutations of logs."""
    return (
        Mutation(
            "write_run_logs",
            "Keep log entries; all of them or, when one cannot be used, none.",
            (Input("logs", None, f"Up to {MAX_ENTRIES:,}.", Required.YES, items=_ENTRY),),
            payloads.success,
            _write,
        ),
        Mutation("write_run_log", "Keep one log entry.", _ENTRY, payloads.success, _write_one),
    )
