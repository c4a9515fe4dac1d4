"""Tables with different numbers of runs, alike in all else, side by side.

Side by side, so that what is measured on them can take turns: whatever else the machine does for a while, and
however it heats up, befalls all sizes alike.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.local_table import dynoxide_client, table_in
from bench.meter import Meter
from bench.stored_runs import DAYS, FIXED, Author, Flows, check_items, items_of, register_flows
from bench.table_files import write_table
from domain.flow_runs.flow_runs import FlowRun
from operations.context import Context
from storage.dynamodb.items import Item
from storage.layout.keys import Keys
from wiring import App, Settings

LEAST = 2 * FIXED  # runs in a table


@dataclass(frozen=True, slots=True)
class FilledTable:
    """So many runs, made up to the time `now`; `known` is one of them."""

    size: int
    context: Context
    meter: Meter
    flows: Flows
    known: FlowRun
    now: datetime


@dataclass(frozen=True, slots=True)
class _Ground:
    """What every table begins with: flows, and the items that they are."""

    settings: Settings
    flows: Flows
    now: datetime
    items: tuple[Item, ...]

    @property
    def keys(self) -> Keys:
        return Keys(self.settings.tenant_id, self.settings.shards)

    def runs(self, size: int) -> tuple[FlowRun, Iterator[FlowRun]]:
        """The run that is known, and all; the fewer are the first of the more."""
        author = Author(self.settings.tenant_id, self.flows, self.now)
        known = author.run(self.now - timedelta(days=3), "Success")
        return known, chain([known], author.fixed(), author.runs(size - FIXED - 1))


@contextmanager
def filled_tables(sizes: Sequence[int], console: Console) -> Iterator[list[FilledTable]]:
    """Fill a table of its own for each size, telling of it; leaves the program for a size below LEAST."""
    if min(sizes) < LEAST:
        raise SystemExit(f"A size must be at least {LEAST}.")
    ground = _ground()
    with ExitStack() as stack:
        yield [_filled(ground, size, stack, console) for size in sizes]


def _ground() -> _Ground:
    """Register the flows, and check that runs made up are what the use cases store."""
    now = datetime.now(UTC).replace(microsecond=0)
    settings = Settings.from_environment({})
    keys = Keys(settings.tenant_id, settings.shards)
    with dynoxide_client() as client:
        context = App(settings, client).context()
        flows = register_flows(context, now - timedelta(days=DAYS + 1))
        check_items(client, settings.table_name, context, keys, flows.ids[0])
        pages = client.get_paginator("scan").paginate(TableName=settings.table_name, ConsistentRead=True)
        return _Ground(settings, flows, now, tuple(item for page in pages for item in page["Items"]))


def _filled(ground: _Ground, size: int, stack: ExitStack, console: Console) -> FilledTable:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    known, runs = ground.runs(size)
    made = (item for run in runs for item in items_of(ground.keys, run))
    with _progress(size, console) as progress:
        task = progress.add_task(f"making {size:,} runs", total=size)
        write_table(folder, chain(ground.items, progress.track(made, task_id=task, total=size)))
    client: Any = stack.enter_context(table_in(folder))
    _check_imported(client, ground, known)
    meter = Meter()
    context = App(ground.settings, client, meter.observe).context()
    return FilledTable(size, context, meter, ground.flows, known, ground.now)


def _check_imported(client: Any, ground: _Ground, known: FlowRun) -> None:
    """Leave the program unless an imported run lies there as one that was put."""
    item = items_of(ground.keys, known)[0]
    where = {name: item[name] for name in ("pk", "sk")}
    found = client.get_item(TableName=ground.settings.table_name, Key=where, ConsistentRead=True).get("Item")
    if found != item:
        raise SystemExit("dynoxide has imported a run otherwise than it is stored.")


def _progress(size: int, console: Console) -> Progress:
    importing = "" if size < 100_000 else "then importing them takes as long"  # noqa: PLR2004
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, TextColumn(importing), console=console)
