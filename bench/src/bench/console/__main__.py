"""Every view of the console in Chromium, beside a small and a large number of stored runs.

Each tenant has a server of its own; they differ in nothing but their number of runs. Each view is opened and
refreshed once. Exits 1 if one asks more often than it may, or takes more of a larger tenant.
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from bench.console.chromium import chromium, find_chromium
from bench.console.heavy import LONG_LISTS, MAX_FRAME, MAX_NODES, STEPS, Heavy
from bench.console.idle import SECONDS, Idle, idle_tabs
from bench.console.measuring import (
    CHANCE,
    GROWTH,
    MAX_FIRST,
    MAX_REFRESH,
    MAX_WALK,
    Line,
    Sample,
    measure_views,
)
from bench.console.served import served
from bench.console.tab import tabs
from bench.console.views import views
from bench.console.worlds import World, filled_worlds
from bench.cost.prices import load_prices
from bench.report import Goal, Report, Table, run


def table(lines: Sequence[Line], sizes: Sequence[int]) -> Table:
    """Return the table of views, with their costs at each size."""
    columns = [f"{size:,}: {kind}" for size in sizes for kind in ("calls", "RCU", "refresh", "KB", "ms")]
    rows = [
        [
            f"{line.view.name} (walks)" if line.view.walks else line.view.name,
            max(one.first.requests for one in line.samples),
            max(one.refresh.requests for one in line.samples),
            *(cell for one in line.samples for cell in _cells(one)),
            line.ratio,
            ", ".join(line.missed),
        ]
        for line in lines
    ]
    notes = [
        "first, refresh: requests to the API of a first view and of a refresh; 0 if the view does not poll.",
        "calls, RCU, KB: of the first view, with headers; refresh: read units of a refresh.",
        "ms: from the beginning of the page, with scripts in the cache, until the last response is drawn.",
        f"growth: more than {GROWTH} times the calls or units of {sizes[0]:,} runs, and {CHANCE}.",
        f"walks: no index answers the filter. After 5,000 runs, {MAX_WALK:,} RCU at most, the view says so.",
    ]
    return Table(
        "Views of the console", ["view", "first", "refresh", *columns, "ratio", "missed"], rows, notes
    )


def _cells(sample: Sample) -> tuple[int, float, float, float, float]:
    first = sample.first
    return first.calls, first.units, sample.refresh.units, first.bytes / 1000, sample.shown


def refusals(lines: Sequence[Line]) -> Table:
    """Return the table of views of which a request is refused, with the reasons."""
    rows = [(line.view.name, line.refusal) for line in lines if line.refusal]
    return Table("Refused", ["view", "reason"], rows)


def heavy_table(pages: Sequence[Heavy]) -> Table:
    """Return the table of pages with much in them."""
    columns = ["page", "rows", "DOM nodes", "a step, ms", "worst step, ms", "requests", "RCU"]
    rows = [
        (one.name, one.rows, one.nodes, one.median, one.worst, one.asked.requests, one.asked.units)
        for one in pages
    ]
    notes = [f"Each is scrolled from its beginning to its end in {STEPS} steps of two frames each."]
    return Table("Long lists", columns, rows, notes)


def idle_table(idle: Sequence[Idle]) -> Table:
    """Return the table of tabs that are left open."""
    rows = [(one.name, one.requests, one.units, one.gb_seconds, f"${one.dollars:.2f}") for one in idle]
    notes = [
        f"It asks every {SECONDS} seconds while it is in sight, day and night. A hidden one asks nothing.",
        "Assumed: 10 ms of CPU for a request, and 4 ms for each call of DynamoDB, one after the other.",
    ]
    columns = ["view", "requests", "RCU", "Lambda, GB-s", "a month"]
    return Table("A tab in which nothing changes, a month", columns, rows, notes)


def goals(lines: Sequence[Line], pages: Sequence[Heavy]) -> list[Goal]:
    """Return the goals: few requests, nothing grows, and long lists draw what is in sight alone."""
    names = {
        "refused": "views of which a request is refused",
        "first": f"views whose first view makes more than {MAX_FIRST} requests",
        "refresh": f"views whose refresh makes more than {MAX_REFRESH}",
        "growth": "views that take more calls or units of more runs",
        "walk": f"filters without an index that take more than {MAX_WALK:,} units",
    }
    return [
        *(Goal(name, sum(kind in line.missed for line in lines), 0) for kind, name in names.items()),
        *(Goal(f"{one.name}: DOM nodes", one.nodes, MAX_NODES) for one in pages),
        *(Goal(f"{one.name}: a step of scrolling", one.median, MAX_FRAME, "ms") for one in pages),
    ]


def measure(options: argparse.Namespace) -> Report:
    """Fill the tenants, start their servers, and open all views."""
    find_chromium()
    sizes = sorted(set(options.sizes))
    print(f"filling tenants of {' and '.join(f'{size:,}' for size in sizes)} runs ...", file=sys.stderr)
    with filled_worlds(sizes, backlog=options.backlog) as worlds:
        return measure_worlds(worlds, options)


def measure_worlds(worlds: Sequence[World], options: argparse.Namespace) -> Report:
    """Open all views in tenants that are filled, the smallest first."""
    with ExitStack() as stack:
        urls = [stack.enter_context(served(world)) for world in worlds]
        opened = stack.enter_context(tabs(stack.enter_context(chromium()), urls))
        known = worlds[-1].known
        wanted = [view for view in views(known) if options.only in view.name]
        print(f"opening {len(wanted)} views ...", file=sys.stderr)
        lines = measure_views(wanted, opened, options.rounds)
        pages = [
            scroll(opened[-1], known, name) for name, scroll in LONG_LISTS.items() if options.only in name
        ]
    sizes = [world.size for world in worlds]
    tables = [
        table(lines, sizes),
        refusals(lines),
        heavy_table(pages),
        idle_table(idle_tabs(lines, load_prices())),
    ]
    return Report("bench-console", tables, goals(lines, pages))


def main() -> int:
    """Measure with the options of the command line, and return the exit code."""
    parser = argparse.ArgumentParser(prog="make bench-console", description=__doc__)
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[1_000, 100_000], help="numbers of stored runs (%(default)s)"
    )
    parser.add_argument("--rounds", type=int, default=3, help="times that each view is opened (%(default)s)")
    parser.add_argument(
        "--backlog",
        action="store_true",
        help="runs that wait or go on are of a month, and grow with the others",
    )
    parser.add_argument("--only", default="", metavar="TEXT", help="only views with this in their names")
    return run(measure, parser)


if __name__ == "__main__":
    sys.exit(main())
