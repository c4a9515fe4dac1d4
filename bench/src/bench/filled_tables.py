"""Tables that differ in nothing but their number of runs, and that exist at the same time.

They exist at the same time, so that measurements can take turns: other work of the machine, and its heat,
then affect all sizes alike.
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

MIN_SIZE = 2 * FIXED  # runs in a table


@dataclass(frozen=True, slots=True)
class FilledTable:
    """A table of `size` generated runs, the last of which are of the time `now`; `known` is one of them."""

    size: int
    context: Context
    meter: Meter
    flows: Flows
    known: FlowRun
    now: datetime


@dataclass(frozen=True, slots=True)
class _Base:
    """The content of every table before its runs: flows, and their items."""

    settings: Settings
    flows: Flows
    now: datetime
    items: tuple[Item, ...]

    @property
    def keys(self) -> Keys:
        return Keys(self.settings.tenant_id, self.settings.shards)

    def runs(self, size: int) -> tuple[FlowRun, Iterator[FlowRun]]:
        """Return the known run, and all runs. A smaller table has the first runs of a larger one."""
        author = Author(self.settings.tenant_id, self.flows, self.now)
        known = author.run(self.now - timedelta(days=3), "Success")
        return known, chain([known], author.fixed(), author.runs(size - FIXED - 1))


@contextmanager
def filled_tables(sizes: Sequence[int], console: Console) -> Iterator[list[FilledTable]]:
    """Fill a table for each size, and show the progress. Leave the benchmark if a size is below MIN_SIZE."""
    if min(sizes) < MIN_SIZE:
        raise SystemExit(f"A size must be at least {MIN_SIZE}.")
    base = _base()
    with ExitStack() as stack:
        yield [_filled(base, size, stack, console) for size in sizes]


def _base() -> _Base:
    """Register the flows, and check that generated runs are what the use cases store."""
    now = datetime.now(UTC).replace(microsecond=0)
    settings = Settings.from_environment({})
    keys = Keys(settings.tenant_id, settings.shards)
    with dynoxide_client() as client:
        context = App(settings, client).context()
        flows = register_flows(context, now - timedelta(days=DAYS + 1))
        check_items(client, settings.table_name, context, keys, flows.ids[0])
        pages = client.get_paginator("scan").paginate(TableName=settings.table_name, ConsistentRead=True)
        return _Base(settings, flows, now, tuple(item for page in pages for item in page["Items"]))


def _filled(base: _Base, size: int, stack: ExitStack, console: Console) -> FilledTable:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    known, runs = base.runs(size)
    items = (item for run in runs for item in items_of(base.keys, run))
    with _progress(size, console) as progress:
        task = progress.add_task(f"making {size:,} runs", total=size)
        write_table(folder, chain(base.items, progress.track(items, task_id=task, total=size)))
    client: Any = stack.enter_context(table_in(folder))
    _check_imported(client, base, known)
    meter = Meter()
    context = App(base.settings, client, meter.observe).context()
    return FilledTable(size, context, meter, base.flows, known, base.now)


def _check_imported(client: Any, base: _Base, known: FlowRun) -> None:
    """Leave the benchmark unless an imported run equals a run that was put."""
    item = items_of(base.keys, known)[0]
    key = {name: item[name] for name in ("pk", "sk")}
    found = client.get_item(TableName=base.settings.table_name, Key=key, ConsistentRead=True).get("Item")
    if found != item:
        raise SystemExit("dynoxide has changed a run while importing it.")


def _progress(size: int, console: Console) -> Progress:
    importing = "" if size < 100_000 else "then importing them takes as long"  # noqa: PLR2004
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, TextColumn(importing), console=console)
