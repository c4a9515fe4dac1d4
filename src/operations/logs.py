"""Use cases of logs."""

from domain.errors import NotFound
from domain.logs import LogEntry, check_entries
from operations.context import Context


def write_logs(context: Context, entries: list[LogEntry]) -> None:
    """Keep log entries of one or more flow runs; the same entries again change nothing.

    Raises NotFound for an unknown flow run, BadUserInput, PayloadTooLarge: then nothing was written. After
    an ApiError the whole call may be sent again.
    """
    check_entries(entries)
    wanted = list(dict.fromkeys(entry.flow_run_id for entry in entries))
    known = {run.id for run in context.store.flow_runs.get(wanted, (), consistent=True)} if wanted else set()
    for number, entry in enumerate(entries):
        if entry.flow_run_id not in known:
            raise NotFound(f"logs[{number}]: there is no flow run {entry.flow_run_id}.")
    context.store.logs.write(entries, context.now(), context.logs_kept)
