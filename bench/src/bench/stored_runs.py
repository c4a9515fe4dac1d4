"""Any number of generated runs, stored as the API would store them, in a fraction of the time.

The storage layer's own encoder makes the items, and they are written 25 a call. `check_items` compares them
with the items of runs that the use cases have stored.
"""

import random
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.core_states import RUNNING, SUBMITTED, SUCCESS
from domain.flow_runs.flow_runs import FlowRun, RunInputs, cancelled_from
from domain.flow_runs.histories import HistoryEntry
from domain.flow_runs.states import State, scheduled
from domain.ids import RANDOM_BITS, time_ordered_id
from domain.random_names import made_up_name
from domain.times import to_micros
from operations.context import Context
from operations.flow_runs.create_flow_run import CreateFlowRun, create_flow_run
from operations.flow_runs.states import set_flow_run_state
from operations.flows.finding import get_flow
from operations.flows.projects import create_project
from operations.flows.registering import RegisterFlow, register_flow
from storage.dynamodb.items import Item
from storage.flow_runs.flow_run_items import decode_run, encode_run
from storage.layout.keys import RUN, Keys, key

DAYS = 30
# Runs in each state, of 1,000. Live and waiting runs grow with the number of stored runs, which is the worst
# case.
MIX = {"Success": 800, "Failed": 100, "Cancelled": 60, "Running": 15, "Submitted": 5, "Scheduled": 20}
FLOWS = {
    "north": ("load", "clean", "report"),
    "south": ("load", "train", "score"),
    "ops": ("backup", "audit"),
}
FLOW_WEIGHTS = (30, 20, 15, 10, 10, 5, 5, 5)
# These runs exist at every size, so that every page is full: a burst in one hour ten days ago, which has no
# other runs, and more live and waiting runs. The due runs are fewer than a page, because agents keep up.
BURST, BURST_AGE, BURST_SPAN = 60, timedelta(days=10), timedelta(hours=1)
MORE = {"Running": 180, "Submitted": 60, "Scheduled": 120}
DUE = 20
FIXED = BURST + sum(MORE.values()) + DUE
BATCH, THREADS = 25, 4
MIN_RATE = 400  # runs a second; 100,000 in four minutes
_FAILED = {**SUCCESS, "message": "Some reference tasks failed.", "type": "Failed"}
_PARAMETERS = {"dataset": "s3://bucket-name/path/to/data/2026-11-23.parquet", "limit": 1000}
_LABELS = ["prod", "gpu"]


@dataclass(frozen=True, slots=True)
class Flows:
    """The ids of the flows and of their groups, in the order of FLOW_WEIGHTS."""

    ids: tuple[str, ...]
    groups: tuple[str, ...]


def register_flows(context: Context, at: datetime) -> Flows:
    """Register FLOWS at the given time, and return their ids."""
    then = replace(context, now=lambda: at)
    ids = []
    for project_name, names in FLOWS.items():
        project = create_project(then, name=project_name)
        for name in names:
            serialized = {"name": name, "parameters": [{"name": "dataset", "required": True}]}
            ids.append(register_flow(then, RegisterFlow(project_id=project, serialized_flow=serialized)))
    return Flows(tuple(ids), tuple(get_flow(context, flow_id).flow_group_id for flow_id in ids))


class Author:
    """A generator of runs of the last DAYS days: the same runs for the same seed."""

    def __init__(self, tenant: str, flows: Flows, now: datetime, seed: int = 7) -> None:
        self._tenant = tenant
        self._flows = flows
        self._now = now
        self._dice = random.Random(seed)  # noqa: S311

    def runs(self, count: int) -> Iterator[FlowRun]:
        """Yield runs in the states of MIX, created at any time until an hour ago."""
        for name in self._dice.choices(list(MIX), list(MIX.values()), k=count):
            yield self._any(name)

    def _any(self, state: str) -> FlowRun:
        age = BURST_AGE
        while BURST_AGE - BURST_SPAN <= age <= BURST_AGE:
            age = timedelta(hours=1) + self._dice.random() * timedelta(days=DAYS, hours=-1)
        later = self._now + timedelta(hours=1 + self._dice.random() * 24 * 7)
        return self.run(self._now - age, state, later if state == "Scheduled" else None)

    def fixed(self) -> Iterator[FlowRun]:
        """Yield the FIXED runs, which exist at every size."""
        for state, count in MORE.items():
            yield from (self._any(state) for _ in range(count))
        for number in range(BURST):
            created = self._now - BURST_AGE + self._dice.random() * BURST_SPAN
            yield self.run(created, "Success" if number % 6 else "Failed")
        for _ in range(DUE):
            yield self.run(self._now - self._dice.random() * timedelta(minutes=30), "Scheduled")

    def run(self, created: datetime, end: str, start: datetime | None = None) -> FlowRun:
        """Return a run whose last state is of the type `end`."""
        dice = self._dice
        place = dice.choices(range(len(FLOW_WEIGHTS)), FLOW_WEIGHTS)[0]
        states, seconds = life(end, scheduled(start or created)), 0.0
        history = []
        for version, state in enumerate(states, 1):
            at = created + timedelta(seconds=seconds)
            history.append(HistoryEntry(version=version, timestamp=at, state=state, token=dice.randbytes(6)))
            seconds += dice.uniform(1, 60 if version < len(states) - 1 else 3_000)
        flow_run_id = time_ordered_id(created, dice.getrandbits(RANDOM_BITS))
        return FlowRun(
            id=flow_run_id,
            tenant_id=self._tenant,
            flow_id=self._flows.ids[place],
            flow_group_id=self._flows.groups[place],
            name=made_up_name(flow_run_id),
            labels=_LABELS,
            version=len(history),
            created=created,
            updated=history[-1].timestamp,
            scheduled_start_time=start or created,
            auto_scheduled=False,
            task_count=0,
            start_time=next((entry.timestamp for entry in history if entry.state.type == "Running"), None),
            end_time=history[-1].timestamp if history[-1].state.ends_run else None,
            heartbeat=None,
            inputs=RunInputs(parameters=_PARAMETERS),
            history=tuple(history),
        )


def life(end: str, first: State) -> list[State]:
    """Return the states of a run whose last state is of the type `end`."""
    states = [first, State(SUBMITTED), State(RUNNING)]
    cancelled = cancelled_from(first)
    assert cancelled is not None  # noqa: S101 - a waiting run can be cancelled
    return {
        "Scheduled": states[:1],
        "Submitted": states[:2],
        "Running": states,
        "Success": [*states, State(SUCCESS)],
        "Failed": [*states, State(_FAILED)],
        "Cancelled": [first, cancelled],
    }[end]


def items_of(keys: Keys, run: FlowRun) -> list[Item]:
    """Return the items of a run after all its states: those of its creation, with the times of the states."""
    head, *details = encode_run(keys, run)
    for name, at in (("start_time", run.start_time), ("end_time", run.end_time)):
        if at is not None:
            head[name] = {"N": str(to_micros(at))}
    return [head, *details]


def check_items(client: Any, table: str, context: Context, keys: Keys, flow_id: str) -> None:
    """Leave the benchmark unless `items_of` equals what the use cases store, for each state of MIX."""
    for end in MIX:
        request = CreateFlowRun(flow_id=flow_id, parameters=_PARAMETERS, labels=_LABELS)
        flow_run_id = create_flow_run(context, request)
        first = context.store.flow_runs.get([flow_run_id], (), consistent=True)[0].state
        for version, state in enumerate(life(end, first)[1:], 1):
            set_flow_run_state(context, flow_run_id, version, state)
        item_key = key(keys.run(flow_run_id), RUN)
        stored = client.get_item(TableName=table, Key=item_key, ConsistentRead=True)["Item"]
        if items_of(keys, decode_run(keys, stored)) != [stored]:
            raise SystemExit(f"A run in state {end} is stored in another form than that of this benchmark.")
        context.store.flow_runs.delete(flow_run_id)


def store(
    client: Any, table: str, keys: Keys, runs: Iterable[FlowRun], total: int, console: Console
) -> float:
    """Write runs, show the progress, and return the number of runs a second.

    Leave the benchmark if the store takes fewer than MIN_RATE runs a second.
    """
    began, done = time.perf_counter(), 0
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    source = iter(runs)
    with ThreadPoolExecutor(THREADS) as threads, Progress(*columns, console=console) as progress:
        task = progress.add_task("storing runs", total=total)
        while wave := [list(islice(source, BATCH)) for _ in range(THREADS)]:
            items = [[item for run in batch for item in items_of(keys, run)] for batch in wave if batch]
            if not items:
                break
            list(threads.map(lambda batch: write_items(client, table, batch), items))
            done += sum(map(len, wave))
            progress.update(task, completed=done)
            elapsed = time.perf_counter() - began
            if elapsed > 5 and done / elapsed < MIN_RATE:  # noqa: PLR2004 - seconds to warm up
                rate = f"{done / elapsed:.0f} runs a second; {MIN_RATE} is the minimum"
                raise SystemExit(f"Given up: the store takes {rate}.")
    return done / (time.perf_counter() - began)


def write_items(client: Any, table: str, items: Sequence[Item]) -> None:
    """Write at most 25 items, and retry until all are written."""
    left: list[dict[str, Any]] = [{"PutRequest": {"Item": item}} for item in items]
    while left:
        left = client.batch_write_item(RequestItems={table: left})["UnprocessedItems"].get(table, [])
