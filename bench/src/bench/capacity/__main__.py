"""What each operation consumes, for three kinds of runs; budgets are for the standard one.

The meter is dynoxide, which reports consumed capacity per index and counts transactions twice, as AWS does.
Use cases run as requests run them: the flow is read each time, and counted. Exits 1 when a budget is passed.
"""

import argparse
import sys
from collections.abc import Sequence

from bench.capacity.life import READS, life
from bench.capacity.other import lists_and_queue, planned_runs, task_runs_and_logs
from bench.capacity.world import Line, World
from bench.kinds import KINDS, Kind
from bench.local_table import dynoxide_client
from bench.report import Cell, Report, Table, run


def measure(_given: argparse.Namespace) -> Report:
    """Measure every operation of both tables."""
    with dynoxide_client() as client:
        worlds = [World(client, kind, number) for number, kind in enumerate(KINDS)]
        lives = [(world.kind, life(world)) for world in worlds]
        others = planned_runs(worlds[0]) + task_runs_and_logs(worlds[0]) + lists_and_queue(worlds[0])
    goals = [
        goal for line in [*(line for _, lines in lives for line in lines), *others] for goal in line.goals
    ]
    return Report("bench-capacity", [lives_table(lives), others_table(others)], goals)


def lives_table(lives: Sequence[tuple[Kind, list[Line]]]) -> Table:
    """The operations of a life, kind beside kind; a kind that never has a state has no figures for it."""
    found = [(kind, {line.name: line for line in lines}) for kind, lines in lives]
    names = dict.fromkeys(name for _, lines in found for name in lines)
    # The whole life belongs at the end, after states that only some kinds have.
    order = sorted(names, key=lambda name: name == "whole life")
    rows = [[name, *(cell for _, each in found for cell in _figures(each.get(name)))] for name in order]
    columns = [f"{kind.name}: calls" if unit == "calls" else unit for kind, _ in found for unit in UNITS]
    notes = [f"{kind.name}: {kind.description}." for kind, _ in found]
    notes.append(f"whole life: created with a key, its states, {READS} reads by id with all states;")
    notes.append("of several changes to the same state, the line shows the dearest.")
    return Table("Consumed capacity, by kind of run", ["operation", *columns], rows, notes)


UNITS = ("calls", "WCU", "RCU")


def _figures(line: Line | None) -> tuple[Cell, Cell, Cell]:
    if line is None:
        return None, None, None
    return line.consumed.calls.total(), line.consumed.write_units, line.consumed.read_units


def others_table(lines: list[Line]) -> Table:
    """What else is asked of the standard run, with the calls by name."""
    rows = [(line.name, line.calls, line.consumed.write_units, line.consumed.read_units) for line in lines]
    return Table("Consumed capacity, other operations", ("operation", "calls", "WCU", "RCU"), rows)


def main() -> int:
    """Measure as asked on the command line."""
    return run(measure, argparse.ArgumentParser(description=__doc__))


if __name__ == "__main__":
    sys.exit(main())
