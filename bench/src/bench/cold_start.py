"""The cost of a cold start: a new interpreter until its first response, beside one that only makes a client.

The first imports the GraphQL handler with Lambda's environment variables and handles one event: a creation or
a read. Its table is on dynoxide on this machine. The second, the floor, imports boto3 and makes one client of
DynamoDB. The two take turns, and each ratio is the median of the ratios of the rounds.
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
from bench.fresh_interpreters import Imports, Interpreters, Spent, interpreters, median_imports
from bench.local_table import dynoxide_client
from bench.report import Cell, Chart, Goal, Report, Table, run

MAX_TIMES_FLOOR = 1.25
STAGE_ROUNDS = 7
INTERPRETER, FLOOR_NAME, CREATION, READ = "interpreter alone", "floor: boto3 and a client", "creation", "read"

Rounds = Sequence[Mapping[str, Spent]]


def measure(options: argparse.Namespace) -> Report:
    """Run all programs in turn, then measure the artifact."""
    console = Console(stderr=True)
    with dynoxide_client() as client, interpreters(lambda_environment()) as fresh:
        events = Events(client)
        _one_round(fresh, events)  # compiles the modules without bytecode
        rounds = [
            _one_round(fresh, events) for _ in track(range(options.rounds), "starting", console=console)
        ]
        tables = [whole_table(rounds), _stages(fresh, events), _imports(fresh, events)]
    goals = [
        Goal(f"cold start with a {name} ÷ floor, {which}", ratio(rounds, name, which), MAX_TIMES_FLOOR)
        for name in (CREATION, READ)
        for which in ("wall", "cpu")
    ]
    if options.artifact:
        table, goal = artifact_size()
        tables += [table] if table else []
        goals.append(goal)
    times = {name: ratio(rounds, name, "wall") for name in (INTERPRETER, FLOOR_NAME, READ, CREATION)}
    charts = [Chart("From the start of a process to its response", "times the floor", times)]
    return Report("cold-start", tables, goals, charts=charts)


def _one_round(fresh: Interpreters, events: Events) -> dict[str, Spent]:
    return {
        INTERPRETER: fresh.run(BARE),
        CREATION: fresh.run(WHOLE, events.creation()),
        FLOOR_NAME: fresh.run(FLOOR),
        READ: fresh.run(WHOLE, events.read()),
    }


def ratio(rounds: Rounds, name: str, which: str) -> float:
    """Return the median ratio to the floor of the same round, because other work slows both."""
    ratios = (getattr(spent[name], which) / getattr(spent[FLOOR_NAME], which) for spent in rounds)
    return float(median(ratios))


def whole_table(rounds: Rounds) -> Table:
    """Return the table of each program's medians and its fastest round."""
    rows: list[list[Cell]] = []
    for name in rounds[0]:
        walls = [spent[name].wall for spent in rounds]
        cpu = median(spent[name].cpu for spent in rounds)
        ratios = [ratio(rounds, name, which) for which in ("wall", "cpu")]
        rows.append([name, median(walls), min(walls), cpu, *ratios])
    columns = ["process", "wall ms", "fastest", "CPU ms", "÷ floor, wall", "÷ floor, CPU"]
    return Table(f"From the start of the process to its response, {len(rounds)} rounds", columns, rows)


def _stages(fresh: Interpreters, events: Events) -> Table:
    found = [loads(fresh.run(STAGES, events.creation()).output.splitlines()[-1]) for _ in range(STAGE_ROUNDS)]
    spans: dict[str, list[tuple[float, float]]] = {}
    for run_marks in found:
        for (_, wall, cpu), (name, next_wall, next_cpu) in pairwise(run_marks["marks"]):
            spans.setdefault(name, []).append((next_wall - wall, next_cpu - cpu))
    rows = [
        [name, *(1000 * median(times) for times in zip(*stage, strict=True))] for name, stage in spans.items()
    ]
    note = f"{found[0]['modules']:,} modules are imported at the end."
    return Table("Where the time of a creation goes", ["stage", "wall ms", "CPU ms"], rows, [note])


def _imports(fresh: Interpreters, events: Events) -> Table:
    names = {"handler": (WHOLE, events.creation()), "floor": (FLOOR,)}
    ours, floor = (
        median_imports([fresh.imports(*command) for _ in range(STAGE_ROUNDS)]) for command in names.values()
    )
    rows = []
    for name in {**ours, **floor}:
        cells = [
            (imports[name].modules, imports[name].milliseconds) if name in imports else ("", "")
            for imports in (ours, floor)
        ]
        rows.append([name, *cells[0], *cells[1]])
    rows.append(["all", *_sums(ours.values()), *_sums(floor.values())])
    columns = ["modules of", *(f"{name}: {what}" for name in names for what in ("modules", "ms"))]
    note = "By Python's importtime, each module without its own imports; the option slows imports a little."
    return Table("Imports", columns, rows, [note])


def _sums(imports: Iterable[Imports]) -> tuple[int, float]:
    libraries = list(imports)
    modules = sum(library.modules for library in libraries)
    return modules, sum(library.milliseconds for library in libraries)


def main() -> int:
    """Measure with the options of the command line, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25, help="new interpreters of each kind (default: 25)")
    parser.add_argument(
        "--no-artifact", dest="artifact", action="store_false", help="do not build the artifact"
    )
    return run(measure, parser)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
