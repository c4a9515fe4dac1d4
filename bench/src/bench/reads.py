"""The cost of lists as the number of stored runs grows. Exits 1 when the cost of a list grows with it.

The table of one tenant is filled to each size, and the same queries are sent to all tables in turn. Calls and
read units are dynoxide's; the latency is the median of REPETITIONS on this machine, its store included.
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
from bench.growing import Cost, share_of_allowed, verdict
from bench.read_queries import SORTED, Query, queries
from bench.report import Goal, Report, Table, run
from domain.errors import BadUserInput

REPETITIONS = 15


def costs_of(tables: list[FilledTable], asked: Mapping[str, Query]) -> dict[str, list[Cost]]:
    """Send each query to every table once for calls and units, then in turn for the latency.

    In turn, so that other work of the machine affects all queries alike.
    """
    costs = {name: [_cost(table, query) for table in tables] for name, query in asked.items()}
    spans: dict[tuple[str, int], list[float]] = {
        (name, index): []
        for name, by_table in costs.items()
        for index, cost in enumerate(by_table)
        if cost.rows is not None
    }
    for _ in range(REPETITIONS):
        for (name, index), milliseconds in spans.items():
            began = time.perf_counter()
            asked[name](tables[index].context)
            milliseconds.append(1000 * (time.perf_counter() - began))
    for (name, index), taken in spans.items():
        costs[name][index] = replace(costs[name][index], milliseconds=median(taken))
    return costs


def _cost(table: FilledTable, query: Query) -> Cost:
    rows: int | None = None
    with table.meter.measure() as consumed, suppress(BadUserInput):
        rows = query(table.context)
    return Cost(rows, consumed.calls.total(), consumed.read_units, 0)


def table(sizes: list[int], costs: dict[str, list[Cost]]) -> Table:
    """Return the costs at each size, then the growth from the smallest to the largest."""
    groups = [f"{size:,}: " for size in sizes] + ["growth: "]
    kinds = ("calls", "RCU", "ms")
    columns = [f"{group if kind == 'calls' else ''}{kind}" for group in groups for kind in kinds]
    rows = [
        [
            name,
            _rows(by_size),
            *(cell for cost in by_size for cell in _cells(cost)),
            *_growth(by_size[0], by_size[-1]),
            "sorted" if name in SORTED else verdict(by_size[0], by_size[-1]),
        ]
        for name, by_size in costs.items()
    ]
    notes = [
        f"ms: the median of {REPETITIONS}, store and client on the same processors.",
        "sorted: no index has this order, so every run that the filter matches is read; 1,000 at most.",
    ]
    return Table("Lists as the number of stored runs grows", ["newest 50", "rows", *columns, ""], rows, notes)


def _rows(costs: list[Cost]) -> str:
    numbers = [cost.rows for cost in costs if cost.rows is not None]
    return " to ".join(str(rows) for rows in sorted({min(numbers), max(numbers)})) if numbers else ""


def _cells(cost: Cost) -> tuple[int, float, str | float]:
    return cost.calls, cost.units, "refused" if cost.rows is None else cost.milliseconds


def _growth(smallest: Cost, largest: Cost) -> list[str]:
    if smallest.rows is None or largest.rows is None:
        return ["", "", ""]
    return [f"x {ratio:.2f}" for ratio in smallest.growth(largest)]


def goals(costs: dict[str, list[Cost]]) -> Iterator[Goal]:
    """Yield a goal for each list that has a bounded plan and that was refused at no size."""
    for name, by_size in costs.items():
        share = share_of_allowed(by_size[0], by_size[-1])
        if share is not None and name not in SORTED:
            yield Goal(f"growth of {name!r}, of what is allowed", share, 1.0)


def measure(options: argparse.Namespace) -> Report:
    """Fill the tables and measure."""
    sizes = sorted(set(options.sizes))
    with filled_tables(sizes, Console(stderr=True)) as tables:
        first = tables[0]
        print(f"querying {len(tables)} tables in turn ...", file=sys.stderr)
        costs = costs_of(tables, queries(first.now, first.flows.ids[1], first.known.id))
    return Report("bench-reads", [table(sizes, costs)], list(goals(costs)))


def main() -> int:
    """Measure with the options of the command line, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[1_000, 10_000], help="numbers of stored runs"
    )
    return run(measure, parser)


if __name__ == "__main__":
    sys.exit(main())
