"""Mutations that write logs."""

from typing import Any, Final

from domain.memory import Memory
from domain.sizes import KEPT_VALUE, within
from domain.task_runs.logs import DEFAULT_LEVEL, MAX_ENTRIES, LogEntry
from graphql_api.language import json_text
from graphql_api.mutations import costs
from graphql_api.mutations.dialects import Mutation
from graphql_api.mutations.inputs import (
    FLOW_RUN_ID,
    ID,
    JSON_VALUE,
    TEXT,
    TIME,
    InputKind,
    MutationInput,
    list_of,
    optional,
    required,
)
from graphql_api.mutations.log_entries import LOG_LEVEL, mend_entry
from graphql_api.mutations.payloads import Payload, Payloads
from operations.context import Context
from operations.task_runs.logs import write_logs

_LEVEL: Final[InputKind[str]] = InputKind(LOG_LEVEL)


class LogEntryInput(MutationInput, mend=mend_entry):
    """One log entry."""

    flow_run_id = FLOW_RUN_ID
    task_run_id = optional(ID, "The task run that logged the entry, if any.")
    timestamp = optional(TIME, "The time of logging; now if null.")
    name = optional(TEXT, "The logger's name.", readable=True)
    message = optional(TEXT, "The message.", readable=True)
    level = optional(_LEVEL, f"The level; {DEFAULT_LEVEL} if null or unknown.")
    info = optional(JSON_VALUE, "Any further data.", readable=True)


class WriteLogsInput(MutationInput):
    """Log entries."""

    logs = required(list_of(LogEntryInput, costs.LOG_ENTRY), f"The first {MAX_ENTRIES:,} are kept.")


def log_mutations(payloads: Payloads) -> tuple[Mutation[Any], ...]:
    """Return the mutations that write logs."""
    return (
        Mutation(
            "write_run_logs",
            "Write log entries. Parts that cannot be kept are left out, as `error` says.",
            WriteLogsInput,
            payloads.success,
            _write,
        ),
        Mutation("write_run_log", "Write one log entry.", LogEntryInput, payloads.success, _write_one),
    )


def _write(context: Context, given: WriteLogsInput) -> Payload:
    runs = len({entry.flow_run_id for entry in given.logs})
    context.work.draw_change(runs * costs.RUN_OF_LOGS, "input.logs")
    left_out = write_logs(context, [_entry(context, entry) for entry in given.logs])
    return {"success": True, "error": left_out}


def _write_one(context: Context, given: LogEntryInput) -> Payload:
    write_logs(context, [_entry(context, given)])
    return {"success": True}


def _entry(context: Context, given: LogEntryInput) -> LogEntry:
    return LogEntry(
        flow_run_id=given.flow_run_id,
        task_run_id=given.task_run_id,
        timestamp=given.timestamp or context.now(),
        name=given.name,
        level=given.level or DEFAULT_LEVEL,
        message=given.message or "",
        info=_info(given.info, context.work.memory),
    )


def _info(value: object, memory: Memory) -> object:
    """Return the value of `info`. A text that is JSON is read, because some clients send JSON as text."""
    if not isinstance(value, str) or not within(value, KEPT_VALUE):
        return value
    try:
        return json_text.loads_mended(value, "info", memory)
    except ValueError:
        return value
