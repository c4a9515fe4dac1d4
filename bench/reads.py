"""What lists cost as the number of stored runs grows. Exits 1 when a list's cost grows with it.

One tenant is filled to each size in turn, and the same queries are asked at each. Calls and read units are
dynoxide's; latency is the median of REPETITIONS on this machine, its store included.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from statistics import median
from typing import Any

from rich.console import Console

from bench.local_table import dynoxide_client
from bench.meter import Meter
from bench.read_queries import Query, queries
from bench.report import Goal, Report, Table, run
from bench.stored_runs import DAYS, FIXED, Author, check_items, register_flows, store
from domain.errors import BadUserInput
from operations.context import Context
from storage.keys import Keys
from wiring import App, Settings

Queries = dict[str, Query]

REPETITIONS = 15
LATENCY_TOLERANCE = 1.5
COST_TOLERANCE = 1.1
# A list first asks each of four shards for 20 keys. How many of its page lie in which shard is chance, and a
# shard that runs out is asked once more, for 100 keys. So much is no growth.
PAGES_BY_CHANCE = 4
UNITS_OF_A_PAGE = 3


@dataclass(frozen=True, slots=True)
class Cost:
    """What one query cost at one size; `rows` is None when it was refused."""

    rows: int | None
    calls: int
    read_units: float
    milliseconds: float

    def growth(self, larger: "Cost") -> tuple[float, float, float]:
        """How many times the calls, the read units and the latency of this are those of the larger."""
        return (
            larger.calls / self.calls,
            larger.read_units / self.read_units,
            larger.milliseconds / self.milliseconds,
        )


def used(smallest: Cost, largest: Cost) -> float | None:
    """How much the largest took of what it may, of calls, units or latency; None if one was refused."""
    if smallest.rows is None or largest.rows is None:
        return None
    calls = max(COST_TOLERANCE * smallest.calls, smallest.calls + PAGES_BY_CHANCE)
    units = max(COST_TOLERANCE * smallest.read_units, smallest.read_units + PAGES_BY_CHANCE * UNITS_OF_A_PAGE)
    latency = LATENCY_TOLERANCE * smallest.milliseconds
    return max(largest.calls / calls, largest.read_units / units, largest.milliseconds / latency)


def verdict(smallest: Cost, largest: Cost) -> str:
    """`ok`, `OVER` when the cost has grown by more than chance, or `refused`."""
    share = used(smallest, largest)
    return "refused" if share is None else "ok" if share <= 1 else "OVER"


def ask(context: Context, meter: Meter, asked: Queries) -> dict[str, Cost]:
    """Ask each query once for calls and units, then all in turn for the latency.

    In turn, so that whatever else the machine does for a while befalls them all alike.
    """
    costs = {name: _cost(context, meter, query) for name, query in asked.items()}
    spans: dict[str, list[float]] = {name: [] for name, cost in costs.items() if cost.rows is not None}
    for _ in range(REPETITIONS):
        for name, each in spans.items():
            began = time.perf_counter()
            asked[name](context)
            each.append(1000 * (time.perf_counter() - began))
    return costs | {name: replace(costs[name], milliseconds=median(each)) for name, each in spans.items()}


def _cost(context: Context, meter: Meter, query: Query) -> Cost:
    rows: int | None = None
    with meter.measure() as consumed, suppress(BadUserInput):
        rows = query(context)
    return Cost(rows, consumed.calls.total(), consumed.read_units, 0)


def fill_and_ask(client: Any, sizes: list[int], console: Console) -> dict[str, list[Cost]]:
    """Fill the table to each size and ask every query there."""
    meter = Meter()
    settings = Settings.from_environment({})
    context = App(settings, client, meter.observe).context()
    keys = Keys(settings.tenant_id, settings.shards)
    now = datetime.now(UTC).replace(microsecond=0)
    flows = register_flows(context, now - timedelta(days=DAYS + 1))
    check_items(client, settings.table_name, context, keys, flows.ids[0])
    author = Author(settings.tenant_id, flows, now)
    known = author.run(now - timedelta(days=3), "Success")
    asked = queries(now, flows.ids[1], known.id)
    costs: dict[str, list[Cost]] = {name: [] for name in asked}
    stored = 0
    for size in sizes:
        always = () if stored else chain([known], author.fixed())
        first = 0 if stored else FIXED + 1
        new = chain(always, author.runs(size - stored - first))
        rate = store(client, settings.table_name, keys, new, size - stored, console)
        console.print(f"{size:,} runs stored ({rate:,.0f} a second); asking {len(asked)} queries")
        stored = size
        for name, cost in ask(context, meter, asked).items():
            costs[name].append(cost)
    return costs


def table(sizes: list[int], costs: dict[str, list[Cost]]) -> Table:
    """Show the costs at each size, then the growth from the smallest to the largest."""
    groups = [f"{size:,}: " for size in sizes] + ["growth: "]
    kinds = ("calls", "RCU", "ms")
    columns = [f"{group if kind == 'calls' else ''}{kind}" for group in groups for kind in kinds]
    rows = [
        [
            name,
            _rows(each),
            *(cell for cost in each for cell in _cells(cost)),
            *_growth(each[0], each[-1]),
            verdict(each[0], each[-1]),
        ]
        for name, each in costs.items()
    ]
    note = f"ms: the median of {REPETITIONS}, store and client on the same processors."
    return Table(
        "Lists as the number of stored runs grows", ["newest 50", "rows", *columns, ""], rows, [note]
    )


def _rows(costs: list[Cost]) -> str:
    answered = [cost.rows for cost in costs if cost.rows is not None]
    return " to ".join(str(rows) for rows in sorted({min(answered), max(answered)})) if answered else ""


def _cells(cost: Cost) -> tuple[int, float, str | float]:
    return cost.calls, cost.read_units, "refused" if cost.rows is None else cost.milliseconds


def _growth(smallest: Cost, largest: Cost) -> list[str]:
    if smallest.rows is None or largest.rows is None:
        return ["", "", ""]
    return [f"x {each:.2f}" for each in smallest.growth(largest)]


def goals(costs: dict[str, list[Cost]]) -> Iterator[Goal]:
    """One goal for each list that no size refused."""
    for name, each in costs.items():
        share = used(each[0], each[-1])
        if share is not None:
            yield Goal(f"growth of {name!r}, of what is allowed", share, 1.0)


def measure(given: argparse.Namespace) -> Report:
    """Fill and measure."""
    sizes = sorted(set(given.sizes))
    if sizes[0] < 2 * FIXED:
        raise SystemExit(f"A size must be at least {2 * FIXED}.")
    with dynoxide_client() as client:
        costs = fill_and_ask(client, sizes, Console(stderr=True))
    return Report("bench-reads", [table(sizes, costs)], list(goals(costs)))


def main() -> int:
    """Measure as asked on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[1_000, 10_000], help="numbers of stored runs"
    )
    return run(measure, parser)


if __name__ == "__main__":
    sys.exit(main())
