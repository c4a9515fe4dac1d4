"""The cost of operations as the number of stored runs grows: creations, states, reads, a poll, lists.

A table is filled to each size, and every operation is done on each table in turn. Calls and units must be the
same at the smallest and the largest size (lists may differ by chance), and the latency at most 1.5 times as
long. A million runs take some minutes and four gigabytes of disk.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from rich.console import Console

from bench.filled_tables import FilledTable, filled_tables
from bench.growing import Cost, share_of_allowed
from bench.operations import LISTS, Samples, take_turns
from bench.report import Cell, Chart, Goal, Report, Table, run

WARM_UP = 3


@dataclass(frozen=True, slots=True)
class _Found:
    """The costs of every operation, by size."""

    sizes: Sequence[int]
    costs: Mapping[str, Sequence[Cost]]


def measure(options: argparse.Namespace) -> Report:
    """Fill the tables and measure."""
    sizes = sorted(set(options.sizes))
    with filled_tables(sizes, Console(stderr=True)) as tables:
        print(f"{options.rounds} rounds over {len(tables)} tables ...", file=sys.stderr)
        found = _Found(sizes, _costs(tables, options.rounds))
    latency_ratios = {name: costs[0].growth(costs[-1])[-1] for name, costs in found.costs.items()}
    title = f"Latency with {sizes[-1]:,} stored runs"
    charts = [Chart(title, f"times that with {sizes[0]:,}", latency_ratios)]
    return Report("bench-growth", [_table(found, options.rounds)], _goals(found), charts=charts)


def _costs(tables: list[FilledTable], rounds: int) -> dict[str, list[Cost]]:
    take_turns(tables, range(WARM_UP))
    return {
        name: list(map(_cost, samples_by_table))
        for name, samples_by_table in take_turns(tables, range(WARM_UP, WARM_UP + rounds)).items()
    }


def _cost(samples: Samples) -> Cost:
    """Return the medians. `rows` is always 1, because it means nothing for most operations."""
    return Cost(
        1,
        int(median(sample.calls for sample in samples)),
        median(sample.units for sample in samples),
        median(sample.milliseconds for sample in samples),
    )


def _table(found: _Found, rounds: int) -> Table:
    kinds = ("calls", "units", "ms")
    columns = [f"{size:,}: {kind}" if kind == "calls" else kind for size in found.sizes for kind in kinds]
    rows: list[list[Cell]] = []
    for name, costs in found.costs.items():
        cells = [cell for cost in costs for cell in (cost.calls, cost.units, cost.milliseconds)]
        growth = [f"x {ratio:.2f}" for ratio in costs[0].growth(costs[-1])]
        rows.append([name, *cells, *growth])
    columns += [f"growth: {kind}" if kind == "calls" else kind for kind in kinds]
    notes = [f"Medians of {rounds} rounds, in which tables take turns; units: of writes and reads together."]
    return Table("Operations as the number of stored runs grows", ["operation", *columns], rows, notes)


def _goals(found: _Found) -> list[Goal]:
    goals = []
    for name, costs in found.costs.items():
        share = share_of_allowed(costs[0], costs[-1], by_chance=name in LISTS)
        goals.append(Goal(f"growth of {name!r}, of what is allowed", share, 1.0))
    return goals


def main() -> int:
    """Measure with the options of the command line, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--sizes",
        type=int,
        nargs="+",
        default=[1_000, 10_000, 100_000],
        help="numbers of stored runs (1000 10000 100000)",
    )
    parser.add_argument("--rounds", type=int, default=25, help="repetitions of each operation (%(default)s)")
    return run(measure, parser)


if __name__ == "__main__":
    sys.exit(main())
