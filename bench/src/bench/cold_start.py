"""What a cold start costs: a fresh interpreter up to its first answer, beside one that only makes a client.

The first imports the GraphQL handler with Lambda's environment variables and answers one event: a creation or
a read. Its table is on dynoxide on this machine. The second, the floor, imports boto3 and makes one client of
DynamoDB. They run in turn, and each ratio is the median of those of the rounds.
"""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from json import loads
from statistics import median

from rich.console import Console
from rich.progress import track

from bench.artifact import artifact_size
from bench.cold_events import Events, lambda_environment
from bench.cold_programs import BARE, FLOOR, STAGES, WHOLE
from bench.fresh_interpreters import Imports, Interpreters, Spent, interpreters, middle
from bench.local_table import dynoxide_client
from bench.report import Cell, Chart, Goal, Report, Table, run

MOST = 1.25  # times the floor
LEAST_ROUNDS, STAGE_ROUNDS = 3, 7
INTERPRETER, FLOOR_NAME, CREATION, READ = "interpreter alone", "floor: boto3 and a client", "creation", "read"

Rounds = Sequence[Mapping[str, Spent]]


def measure(options: argparse.Namespace) -> Report:
    """Run all programs in turn, then weigh the artifact."""
    console = Console(stderr=True)
    with dynoxide_client() as client, interpreters(lambda_environment()) as fresh:
        events = Events(client)
        _one_round(fresh, events)  # compiles what has no bytecode yet
        rounds = [
            _one_round(fresh, events) for _ in track(range(options.rounds), "starting", console=console)
        ]
        tables = [whole_table(rounds), _stages(fresh, events), _imports(fresh, events)]
    goals = [
        Goal(f"cold start with a {name} ÷ floor, {which}", ratio(rounds, name, which), MOST)
        for name in (CREATION, READ)
        for which in ("wall", "cpu")
    ]
    if options.artifact:
        table, goal = artifact_size()
        tables += [table] if table else []
        goals.append(goal)
    times = {name: ratio(rounds, name, "wall") for name in (INTERPRETER, FLOOR_NAME, READ, CREATION)}
    charts = [Chart("From the start of a process to its answer", "times the floor", times)]
    return Report("cold-start", tables, goals, charts=charts)


def _one_round(fresh: Interpreters, events: Events) -> dict[str, Spent]:
    return {
        INTERPRETER: fresh.run(BARE),
        CREATION: fresh.run(WHOLE, events.creation()),
        FLOOR_NAME: fresh.run(FLOOR),
        READ: fresh.run(WHOLE, events.read()),
    }


def ratio(rounds: Rounds, name: str, which: str) -> float:
    """Give the median of a program's time over the floor's in the same round: other work slows both."""
    ratios = (getattr(each[name], which) / getattr(each[FLOOR_NAME], which) for each in rounds)
    return float(median(ratios))


def whole_table(rounds: Rounds) -> Table:
    """Show each program's medians, and the quickest round."""
    rows: list[list[Cell]] = []
    for name in rounds[0]:
        walls = [each[name].wall for each in rounds]
        cpu = median(each[name].cpu for each in rounds)
        ratios = [ratio(rounds, name, which) for which in ("wall", "cpu")]
        rows.append([name, median(walls), min(walls), cpu, *ratios])
    columns = ["process", "wall ms", "quickest", "CPU ms", "÷ floor, wall", "÷ floor, CPU"]
    return Table(f"From the start of the process to its answer, {len(rounds)} rounds", columns, rows)


def _stages(fresh: Interpreters, events: Events) -> Table:
    found = [loads(fresh.run(STAGES, events.creation()).output.splitlines()[-1]) for _ in range(STAGE_ROUNDS)]
    spans: dict[str, list[tuple[float, float]]] = {}
    for each in found:
        for (_, wall, cpu), (name, next_wall, next_cpu) in pairwise(each["marks"]):
            spans.setdefault(name, []).append((next_wall - wall, next_cpu - cpu))
    rows = [
        [name, *(1000 * median(part) for part in zip(*each, strict=True))] for name, each in spans.items()
    ]
    note = f"{found[0]['modules']:,} modules are imported in the end."
    return Table("Where the time of a creation goes", ["stage", "wall ms", "CPU ms"], rows, [note])


def _imports(fresh: Interpreters, events: Events) -> Table:
    names = {"handler": (WHOLE, events.creation()), "floor": (FLOOR,)}
    ours, floor = (
        middle([fresh.imports(*command) for _ in range(STAGE_ROUNDS)]) for command in names.values()
    )
    rows = []
    for name in {**ours, **floor}:
        cells = [
            (each[name].modules, each[name].milliseconds) if name in each else ("", "")
            for each in (ours, floor)
        ]
        rows.append([name, *cells[0], *cells[1]])
    rows.append(["all", *_sums(ours.values()), *_sums(floor.values())])
    columns = ["modules of", *(f"{name}: {what}" for name in names for what in ("modules", "ms"))]
    note = "Python's own clock of imports, each without those that it imports; it slows them a little."
    return Table("Imports", columns, rows, [note])


def _sums(each: Iterable[Imports]) -> tuple[int, float]:
    each = list(each)
    return sum(one.modules for one in each), sum(one.milliseconds for one in each)


def main() -> int:
    """Measure and print; answers the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=25, help="fresh interpreters of each kind (default: 25)"
    )
    parser.add_argument(
        "--no-artifact", dest="artifact", action="store_false", help="don't build what is deployed"
    )
    return run(measure, parser)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
