"""What the operations of a run's life consume, for one kind of run."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from bench.capacity.world import Line, World, together
from bench.kinds import STANDARD
from domain.flow_runs.states import State
from operations.flow_runs.states import set_flow_run_state, update_heartbeat
from operations.reads.query import row_by_id
from operations.reads.rows import Need

WHOLE_RUN = Need({"id", "name", "parameters", "serialized_state"}, {"states": Need({"state", "timestamp"})})
READS = 2


def life(world: World) -> list[Line]:
    """Every operation, then the whole life; budgets are for the standard run alone."""
    lines = list(_operations(world))
    return lines if world.kind is STANDARD else [Line(line.name, line.consumed) for line in lines]


def _operations(world: World) -> Iterator[Line]:
    context = world.context
    # A replay in the same second has nothing to write: the key's end is where it should be.
    later = replace(context, now=lambda: datetime.now(UTC) + timedelta(seconds=10))
    yield world.line("create, no key", world.create, write_budget=4, call_budget=2)
    created = world.line("create, new key", lambda: world.create("k"), write_budget=7, call_budget=2)
    yield created
    replayed = world.line("create, replayed key", lambda: world.create("k", later))
    yield replace(replayed, write_budget=1, call_budget=3)
    run = world.create("life")
    states = list(_states(world, run))
    yield from _by_type(states)
    read = world.line(
        "run by id, with states",
        lambda: row_by_id(context, "flow_run", run, WHOLE_RUN),
        read_budget=1,
        call_budget=1,
    )
    yield read
    yield world.line("heartbeat", lambda: update_heartbeat(context, run), write_budget=1, call_budget=1)
    yield Line("whole life", together([created, *states, *READS * [read]]), write_budget=13)


def _states(world: World, run: str) -> Iterator[Line]:
    for version, state in enumerate(world.kind.states, 1):
        name = state["type"]
        # To be Running, its labels are read, and whether concurrency limits are on them.
        calls = 3 if name in ("Running", "Success") else 1
        yield world.line(
            f"set state {name}",
            partial(set_flow_run_state, world.context, run, version, State(state)),
            write_budget=3,
            call_budget=calls,
        )


def _by_type(states: list[Line]) -> Iterator[Line]:
    """The dearest of each type: in a long life later ones cost more."""
    dearest: dict[str, Line] = {}
    for line in states:
        known = dearest.get(line.name)
        if known is None or known.consumed.write_units < line.consumed.write_units:
            dearest[line.name] = line
    yield from dearest.values()
