"""The task runs and the log entries of generated runs: of a mapped task, of cached results, of long logs."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bench.core_states import RUNNING, SUCCESS
from bench.real_use.catalogue import CACHED_TASK, MAPPED_TASK
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.histories import HistoryEntry
from domain.flow_runs.states import State
from domain.task_runs.logs import LogEntry
from domain.task_runs.task_runs import Address, CachedAs, TaskRun, begun, not_begun
from domain.times import format_time
from storage.dynamodb.items import Item
from storage.layout.attributes import number, text
from storage.layout.keys import MAP_CHILD, Keys, key
from storage.logs.log_items import encode_logs
from storage.task_runs.mapped_children import note_key
from storage.task_runs.task_run_items import encode_task_run

# How many mapped children one run has, and how many log entries another one, of so many runs of a tenant.
CHILDREN: Final = 50_000
ENTRIES: Final = 500_000
OF: Final = 1_000_000
# One run in so many has a task run with a cached result.
CACHED_EVERY: Final = 50
SHORT_LOG: Final = 12
_TOKEN: Final = bytes(range(6))
_MAPPED: Final = {"type": "Mapped", "message": "Mapped tasks submitted for execution."}
_SPAN: Final = timedelta(hours=8)


def mapped_task_runs(run: FlowRun, count: int) -> Iterator[TaskRun]:
    """Yield the mapped task run of a run, then so many children, all of which have ended but the last."""
    parent = not_begun(run, Address(run.id, MAPPED_TASK))
    at = run.created + timedelta(minutes=1)
    yield begun(parent, State({**_MAPPED, "n_map_states": count}), at, _TOKEN)
    for index in range(count):
        child = not_begun(run, Address(run.id, MAPPED_TASK, index))
        started = begun(child, State(RUNNING), at + timedelta(milliseconds=2 * index + 1), _TOKEN)
        yield started if index == count - 1 else _ended(started)


def _ended(started: TaskRun) -> TaskRun:
    at = started.updated + timedelta(seconds=1)
    entry = HistoryEntry(version=started.version + 1, timestamp=at, state=State(SUCCESS), token=_TOKEN)
    return replace(started, version=entry.version, updated=at, end_time=at, history=(*started.history, entry))


def cached_task_run(run: FlowRun, cache_key: str) -> TaskRun:
    """Return the task run of a run whose result is cached under a key."""
    at = run.created + timedelta(seconds=40)
    address = Address(run.id, CACHED_TASK)
    state = {
        **SUCCESS,
        "type": "Cached",
        "message": "Result cached.",
        "cached_result_expiration": format_time(at + timedelta(days=400)),
    }
    cached = CachedAs(not_begun(run, address).task_id, cache_key)
    return begun(not_begun(run, address), State(state), at, _TOKEN, cached)


def task_run_items(keys: Keys, task_runs: Sequence[TaskRun]) -> Iterator[Item]:
    """Yield the items of task runs, with the pointers and the notes of mapped children."""
    notes: set[str] = set()
    for task_run in task_runs:
        yield from encode_task_run(keys, task_run)
        address = task_run.address
        if not address.is_in_id:
            note = note_key(keys, address)
            if note["sk"]["S"] not in notes:
                notes.add(note["sk"]["S"])
                yield note
            yield {
                **key(keys.map_child(address.id), MAP_CHILD),
                "run": text(address.flow_run_id),
                "number": number(address.number),
                "map_index": number(address.map_index),
            }


def entries_of(run: FlowRun, count: int, span: timedelta = _SPAN) -> list[LogEntry]:
    """Return so many log entries of a run, evenly from its creation on."""
    step = span / max(1, count)
    return [_entry(run, place, run.created + step * place) for place in range(count)]


def _entry(run: FlowRun, place: int, at: datetime) -> LogEntry:
    return LogEntry(
        flow_run_id=run.id,
        task_run_id=None if place % 3 else Address(run.id, 1 + place % 4).id,
        timestamp=at,
        name="prefect.TaskRunner" if place % 3 == 0 else "prefect.CloudFlowRunner",
        level="ERROR" if place % 97 == 96 else "INFO",  # noqa: PLR2004 - now and then
        message=f"Batch {place} of {run.name}: {place * 7919 % 1_000} rows written.",
        info=None,
    )


def log_items(keys: Keys, run: FlowRun, entries: Sequence[LogEntry]) -> list[Item]:
    """Return the items of a run's log entries, which stay for ever."""
    return list(encode_logs(keys, run.id, entries, None))
