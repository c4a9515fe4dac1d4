"""Use cases of logs."""

from domain.errors import NotFound
from domain.task_runs.logs import MAX_ENTRIES, LogEntry, kept
from operations.context import Context


def write_logs(context: Context, entries: list[LogEntry]) -> str | None:
    """Store log entries of one or more flow runs; the same entries again change nothing.

    Return a text about the entries that were left out; None if there are none. A bad entry does not refuse
    its batch, because a client sends a refused batch again and again. Raises NotFound if no entry belongs to
    a known flow run. After an ApiError the whole call may be sent again.
    """
    some = entries[:MAX_ENTRIES]
    wanted = list(dict.fromkeys(entry.flow_run_id for entry in some))
    known = {run.id for run in context.store.flow_runs.get(wanted, (), consistent=True)} if wanted else set()
    good = [kept(entry) for entry in some if entry.flow_run_id in known]
    problems = [
        f"logs[{number}]: there is no flow run {entry.flow_run_id}."
        for number, entry in enumerate(some)
        if entry.flow_run_id not in known
    ]
    if len(entries) > MAX_ENTRIES:
        problems.append(f"logs[{MAX_ENTRIES}]: at most {MAX_ENTRIES:,} are kept of one call.")
    if entries and not good:
        raise NotFound(problems[0])
    context.store.logs.write(good, context.now(), context.logs_kept)
    if not problems:
        return None
    return f"{len(entries) - len(good):,} of {len(entries):,} entries were left out. {problems[0]}"
