"""Data folders of servers that differ in nothing but their number of runs."""

import random
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any, Final

from bench.filled_tables import MIN_SIZE
from bench.local_table import dynoxide_client, table_in
from bench.real_use.catalogue import MAPPED_TASK, serialized_flow
from bench.real_use.large_runs import entries_of, log_items, mapped_task_runs, task_run_items
from bench.real_use.tenants import count_all_totals
from bench.stored_runs import DAYS, FIXED, FLOWS, MIX, Author, Flows, check_items, items_of
from bench.table_files import write_table
from domain.flow_runs.flow_runs import FlowRun
from domain.task_runs.task_runs import Address, not_begun
from operations.context import Context
from operations.flows.finding import get_flow
from operations.flows.projects import create_project
from operations.flows.registering import RegisterFlow, register_flow
from storage.dynamodb.items import Item
from storage.layout.keys import Keys
from wiring import App, Settings

CHILDREN: Final = 10_000
ENTRIES: Final = 100_000
_FEW_CHILDREN: Final = 20
# Every size has a page of live and of waiting runs, and of a million runs so many more.
_LIVE: Final = 120
_WAITING: Final = 140
_MORE_LIVE: Final = 5_000
_MORE_WAITING: Final = 20_000
_OF: Final = 1_000_000
_ENDED: Final = {state: part for state, part in MIX.items() if state in ("Success", "Failed", "Cancelled")}
_SEED: Final = 7
_FEW_ENTRIES: Final = 300
# The label of one run, which a filter looks for among all.
RARE: Final = "only-one-host"


@dataclass(frozen=True, slots=True)
class Known:
    """What the addresses of the views name. Every size has it, with the same ids."""

    project_id: str
    flow_id: str
    flow_group_id: str
    run: FlowRun
    ended: FlowRun
    heavy: FlowRun
    heavy_task_id: str

    @property
    def task_run_id(self) -> str:
        """The id of the first task run of the run."""
        return Address(self.run.id, MAPPED_TASK).id


@dataclass(frozen=True, slots=True)
class World:
    """The data folder of a server with so many runs."""

    size: int
    folder: Path
    known: Known


@dataclass(frozen=True, slots=True)
class _Base:
    """The content of every folder before its runs: flows, and their items."""

    settings: Settings
    flows: Flows
    project_id: str
    now: datetime
    items: tuple[Item, ...]

    @property
    def keys(self) -> Keys:
        return Keys(self.settings.tenant_id, self.settings.shards)


@contextmanager
def filled_worlds(sizes: Sequence[int], *, backlog: bool = False) -> Iterator[list[World]]:
    """Fill a folder for each size. Leave the benchmark if a size is below MIN_SIZE.

    Runs that wait or go on are those of the last day; with a `backlog`, of a month, and more of them.
    """
    if min(sizes) < MIN_SIZE:
        raise SystemExit(f"A size must be at least {MIN_SIZE}.")
    base = _base()
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in sizes]
        yield [
            _filled(base, size, folder, backlog=backlog) for size, folder in zip(sizes, folders, strict=True)
        ]


def _base() -> _Base:
    now = datetime.now(UTC).replace(microsecond=0)
    settings = Settings.from_environment({})
    with dynoxide_client() as client:
        context = App(settings, client).context()
        projects, flows = _register(context, now - timedelta(days=DAYS + 1))
        check_items(
            client, settings.table_name, context, Keys(settings.tenant_id, settings.shards), flows.ids[0]
        )
        pages = client.get_paginator("scan").paginate(TableName=settings.table_name, ConsistentRead=True)
        items = tuple(item for page in pages for item in page["Items"])
        return _Base(settings, flows, projects[0], now, items)


def _register(context: Context, at: datetime) -> tuple[list[str], Flows]:
    """Register FLOWS, each with the same four tasks, and return the projects' ids and the flows."""
    then = replace(context, now=lambda: at)
    projects = [create_project(then, name=name) for name in FLOWS]
    ids = [
        register_flow(then, RegisterFlow(project_id=project, serialized_flow=serialized_flow(name)))
        for project, names in zip(projects, FLOWS.values(), strict=True)
        for name in names
    ]
    return projects, Flows(tuple(ids), tuple(get_flow(context, flow_id).flow_group_id for flow_id in ids))


def _filled(base: _Base, size: int, folder: Path, *, backlog: bool) -> World:
    author = Author(base.settings.tenant_id, base.flows, base.now)
    known = _known(base, author)
    others = chain([known.run, known.ended, known.heavy], _runs(base, author, size - 3, backlog=backlog))
    runs = (item for run in others for item in items_of(base.keys, run))
    write_table(folder, chain(base.items, runs, _parts(base.keys, known)))
    with table_in(folder) as client:
        count_all_totals(App(base.settings, client).context())
    return World(size, folder, known)


def _runs(base: _Base, author: Author, count: int, *, backlog: bool) -> Iterator[FlowRun]:
    """Yield so many runs, of which the newest are left to agents; with a `backlog`, any of a month."""
    if backlog:
        yield from chain(author.fixed(), author.runs(count - FIXED))
        return
    dice, now = random.Random(_SEED), base.now  # noqa: S311
    live, waiting = (
        few + part * count // _OF for few, part in ((_LIVE, _MORE_LIVE), (_WAITING, _MORE_WAITING))
    )
    for state in dice.choices(["Running", "Submitted"], [4, 1], k=live):
        yield author.run(now - timedelta(minutes=dice.uniform(1, 600)), state)
    for number in range(waiting):
        created = now - timedelta(minutes=dice.uniform(1, 1_440))
        # One in ten is late; the others are those of schedules.
        start = created if number % 10 == 0 else now + timedelta(minutes=dice.uniform(1, 1_440))
        yield author.run(created, "Scheduled", start)
    for state in dice.choices(list(_ENDED), list(_ENDED.values()), k=count - live - waiting):
        yield author.run(now - timedelta(hours=1, minutes=dice.uniform(0, DAYS * 1_440 - 60)), state)


def _known(base: _Base, author: Author) -> Known:
    flow_id, group_id = base.flows.ids[0], base.flows.groups[0]

    def run(hours: float, state: str, **changes: Any) -> FlowRun:
        made = author.run(base.now - timedelta(hours=hours), state)
        return replace(made, flow_id=flow_id, flow_group_id=group_id, task_count=4, **changes)

    heavy = run(9, "Running", name="many-children")
    return Known(
        project_id=base.project_id,
        flow_id=flow_id,
        flow_group_id=group_id,
        run=run(5, "Running", name="an-ordinary-run"),
        ended=run(72, "Success", name="an-ended-run", labels=["gpu", RARE]),
        heavy=heavy,
        heavy_task_id=not_begun(heavy, Address(heavy.id, MAPPED_TASK)).task_id,
    )


def _parts(keys: Keys, known: Known) -> Iterator[Item]:
    """Yield the items of the task runs and logs of the known runs."""
    for run, children, entries in (
        (known.run, _FEW_CHILDREN, _FEW_ENTRIES),
        (known.ended, _FEW_CHILDREN, _FEW_ENTRIES),
        (known.heavy, CHILDREN, ENTRIES),
    ):
        yield from task_run_items(keys, list(mapped_task_runs(run, children)))
        yield from log_items(keys, run, entries_of(run, entries))
