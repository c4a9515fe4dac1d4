"""The operations of the life of one run, and the consumption of each."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from bench.capacity.world import Line, World, total
from domain.flow_runs.states import State
from operations.flow_runs.states import set_flow_run_state, update_heartbeat
from operations.reads.query import row_by_id
from operations.reads.rows import Need

WHOLE_LIFE = "whole life"
WHOLE_RUN = Need({"id", "name", "parameters", "serialized_state"}, {"states": Need({"state", "timestamp"})})
READS = 2


def life(world: World) -> Iterator[Line]:
    """Measure each operation, then add up the whole life."""
    context = world.context
    # A replay in the same second writes nothing, because the end of the key is already where it should be.
    later = replace(context, now=lambda: datetime.now(UTC) + timedelta(seconds=10))
    yield world.line("create without a key", world.create)
    yield world.line("create with a name", lambda: world.create(name="nightly report"))
    created = world.line("create with a new key", lambda: world.create("k"))
    yield created
    yield world.line("create with a known key", lambda: world.create("k", later))
    run = world.create("life")
    states = list(_states(world, run))
    yield from _dearest_by_name(states)
    read = world.line("read by id, with states", lambda: row_by_id(context, "flow_run", run, WHOLE_RUN))
    yield read
    yield world.line("heartbeat", lambda: update_heartbeat(context, run))
    yield Line(WHOLE_LIFE, total([created, *states, *READS * [read]]))


def _states(world: World, run: str) -> Iterator[Line]:
    for version, state in enumerate(world.kind.states, 1):
        act = partial(set_flow_run_state, world.context, run, version, State(state))
        yield world.line(f"set {state['type']}", act)


def _dearest_by_name(states: list[Line]) -> Iterator[Line]:
    """Yield the dearest change to each state: in a long life later changes cost more."""
    dearest: dict[str, Line] = {}
    for line in states:
        known = dearest.get(line.name)
        if known is None or known.consumed.write_units < line.consumed.write_units:
            dearest[line.name] = line
    yield from dearest.values()
