"""What lists cost as the number of stored runs grows. Exits 1 when a list's cost grows with it.

One tenant's table is filled to each size, and the same queries are asked of all in turn. Calls and read units
are dynoxide's; latency is the median of REPETITIONS on this machine, its store included.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from statistics import median

from rich.console import Console

from bench.filled_tables import FilledTable, filled_tables
from bench.growing import Cost, used, verdict
from bench.read_queries import SORTED, Query, queries
from bench.report import Goal, Report, Table, run
from domain.errors import BadUserInput

REPETITIONS = 15


def ask(tables: list[FilledTable], asked: Mapping[str, Query]) -> dict[str, list[Cost]]:
    """Ask each query once of every table for calls and units, then all in turn for the latency.

    In turn, so that whatever else the machine does for a while befalls them all alike.
    """
    costs = {name: [_cost(table, query) for table in tables] for name, query in asked.items()}
    spans: dict[tuple[str, int], list[float]] = {
        (name, place): []
        for name, each in costs.items()
        for place, cost in enumerate(each)
        if cost.rows is not None
    }
    for _ in range(REPETITIONS):
        for (name, place), each in spans.items():
            began = time.perf_counter()
            asked[name](tables[place].context)
            each.append(1000 * (time.perf_counter() - began))
    for (name, place), taken in spans.items():
        costs[name][place] = replace(costs[name][place], milliseconds=median(taken))
    return costs


def _cost(table: FilledTable, query: Query) -> Cost:
    rows: int | None = None
    with table.meter.measure() as consumed, suppress(BadUserInput):
        rows = query(table.context)
    return Cost(rows, consumed.calls.total(), consumed.read_units, 0)


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
            "sorted" if name in SORTED else verdict(each[0], each[-1]),
        ]
        for name, each in costs.items()
    ]
    notes = [
        f"ms: the median of {REPETITIONS}, store and client on the same processors.",
        "sorted: no index is in this order, so all that the filter lets through is read; 1,000 at most.",
    ]
    return Table("Lists as the number of stored runs grows", ["newest 50", "rows", *columns, ""], rows, notes)


def _rows(costs: list[Cost]) -> str:
    answered = [cost.rows for cost in costs if cost.rows is not None]
    return " to ".join(str(rows) for rows in sorted({min(answered), max(answered)})) if answered else ""


def _cells(cost: Cost) -> tuple[int, float, str | float]:
    return cost.calls, cost.units, "refused" if cost.rows is None else cost.milliseconds


def _growth(smallest: Cost, largest: Cost) -> list[str]:
    if smallest.rows is None or largest.rows is None:
        return ["", "", ""]
    return [f"x {each:.2f}" for each in smallest.growth(largest)]


def goals(costs: dict[str, list[Cost]]) -> Iterator[Goal]:
    """One goal for each list that has a bounded plan and that no size refused."""
    for name, each in costs.items():
        share = used(each[0], each[-1])
        if share is not None and name not in SORTED:
            yield Goal(f"growth of {name!r}, of what is allowed", share, 1.0)


def measure(given: argparse.Namespace) -> Report:
    """Fill and measure."""
    sizes = sorted(set(given.sizes))
    with filled_tables(sizes, Console(stderr=True)) as tables:
        first = tables[0]
        print(f"asking {len(tables)} tables in turn ...", file=sys.stderr)
        costs = ask(tables, queries(first.now, first.flows.ids[1], first.known.id))
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
