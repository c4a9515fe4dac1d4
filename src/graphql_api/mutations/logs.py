"""Mutations that write logs."""

from typing import Any, Final

from graphql import GraphQLString

from domain.odd_values import mended
from domain.task_runs.logs import DEFAULT_LEVEL, MAX_ENTRIES, LogEntry
from graphql_api.language import json_text
from graphql_api.language.scalars import DATE_TIME, JSON, UUID
from graphql_api.mutations.dialects import Input, Mutation, Required
from graphql_api.mutations.flows import Given
from graphql_api.mutations.log_entries import LOG_LEVEL, mend_entry
from graphql_api.mutations.payloads import Payloads
from operations.context import Context
from operations.task_runs.logs import write_logs

_ENTRY: Final = (
    Input("flow_run_id", UUID, "The flow run.", Required.YES),
    Input("task_run_id", UUID, "The task run, if it is one that says it."),
    Input("timestamp", DATE_TIME, "When it was said; now if null."),
    Input("name", GraphQLString, "The logger's name.", readable=True),
    Input("message", GraphQLString, "What was said.", readable=True),
    Input("level", LOG_LEVEL, f"How grave it is; {DEFAULT_LEVEL} if null, or unknown."),
    Input("info", JSON, "Anything more.", readable=True),
)


def _write(context: Context, given: Given) -> Given:
    left_out = write_logs(context, [_entry(context, each) for each in given["logs"]])
    return {"success": True, "error": left_out}


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
        info=_info(given.get("info")),
    )


def _info(value: Any) -> Any:
    """Some clients send JSON as text; any other text stays one."""
    if not isinstance(value, str):
        return value
    try:
        return mended(json_text.loads_as_it_is(value))
    except ValueError:
        return value


def log_mutations(payloads: Payloads) -> tuple[Mutation, ...]:
    """The mutations of logs."""
    return (
        Mutation(
            "write_run_logs",
            "Keep log entries, each as far as it can be; `error` tells what was left out.",
            (
                Input(
                    "logs",
                    None,
                    f"The first {MAX_ENTRIES:,} are kept.",
                    Required.YES,
                    items=_ENTRY,
                    mend=mend_entry,
                ),
            ),
            payloads.success,
            _write,
        ),
        Mutation(
            "write_run_log", "Keep one log entry.", _ENTRY, payloads.success, _write_one, mend=mend_entry
        ),
    )
