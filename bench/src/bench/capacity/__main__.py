"""Consumption of each operation, for three kinds of runs; the budgets are those of the standard run.

The meter is dynoxide, which reports consumed capacity per index and counts transactions twice, as AWS does.
Use cases run as requests run them: the flow is read each time, and counted. Exits 1 when a budget is
exceeded.
"""

import argparse
import sys
from collections.abc import Sequence

from bench.capacity.budgets import load_budgets
from bench.capacity.life import READS, WHOLE_LIFE, life
from bench.capacity.other import (
    lists_and_queue,
    many_runs,
    old_runs,
    restarts,
    task_runs_and_logs,
    waiting_runs,
)
from bench.capacity.world import Line, World
from bench.kinds import KINDS, STANDARD, Kind
from bench.local_table import dynoxide_client
from bench.report import Cell, Goal, Report, Table, run

UNITS = ("calls", "WCU", "RCU")


def measure(_options: argparse.Namespace) -> Report:
    """Measure every operation of both tables."""
    with dynoxide_client() as client:
        worlds = {kind.name: World(client, kind, number) for number, kind in enumerate(KINDS)}
        lives = [(world.kind, list(life(world))) for world in worlds.values()]
        standard = worlds[STANDARD.name]
        others = (
            waiting_runs(standard)
            + many_runs(standard)
            + old_runs(standard)
            + restarts(standard)
            + task_runs_and_logs(standard)
            + lists_and_queue(standard)
        )
    standard_lines = [line for kind, lines in lives if kind is STANDARD for line in lines] + others
    return Report("bench-capacity", [lives_table(lives), others_table(others)], goals(standard_lines))


def goals(lines: Sequence[Line]) -> list[Goal]:
    """Return the goals of every budget. The goals of an operation that was not measured are missed."""
    consumed = {line.name: line.consumed for line in lines}
    return [
        goal
        for operation, budget in load_budgets().items()
        for goal in budget.goals(operation, consumed.get(operation))
    ]


def lives_table(lives: Sequence[tuple[Kind, list[Line]]]) -> Table:
    """Return the operations of a life, kind beside kind; a kind has no figures for a state it never has."""
    found = [(kind, {line.name: line for line in lines}) for kind, lines in lives]
    names = dict.fromkeys(name for _, lines in found for name in lines)
    # The whole life belongs at the end, after the states that only some kinds have.
    order = sorted(names, key=lambda name: name == WHOLE_LIFE)
    rows = [[name, *(cell for _, lines in found for cell in _figures(lines.get(name)))] for name in order]
    columns = [f"{kind.name}: calls" if unit == "calls" else unit for kind, _ in found for unit in UNITS]
    notes = [f"{kind.name}: {kind.description}." for kind, _ in found]
    notes.append(f"{WHOLE_LIFE}: created with a key, its states, {READS} reads by id with all states;")
    notes.append("of several changes to the same state, the line shows the dearest.")
    return Table("Consumed capacity, by kind of run", ["operation", *columns], rows, notes)


def _figures(line: Line | None) -> tuple[Cell, Cell, Cell]:
    if line is None:
        return None, None, None
    return line.consumed.calls.total(), line.consumed.write_units, line.consumed.read_units


def others_table(lines: list[Line]) -> Table:
    """Return the other operations of the standard run, with their calls by name."""
    rows = [(line.name, line.calls, line.consumed.write_units, line.consumed.read_units) for line in lines]
    return Table("Consumed capacity, other operations", ("operation", "calls", "WCU", "RCU"), rows)


def main() -> int:
    """Measure with the options of the command line, and return the exit code."""
    return run(measure, argparse.ArgumentParser(description=__doc__))


if __name__ == "__main__":
    sys.exit(main())
