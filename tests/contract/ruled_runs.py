"""Runs of schedules that have rules, and what became of them."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from domain.errors import BadUserInput, VersionLockingError
from domain.schedules.rules.skips import SkippedOccurrence
from operations.flows import schedules
from tests.contract.factories import World
from tests.contract.test_schedules import flow_with, interval, runs_of

HOUR = timedelta(hours=1)


def ruled_flow(world: World, span: timedelta = HOUR, flow: Any = None, **rules: Any) -> str:
    """Register a flow whose active schedule has these rules, and return its id. Its first runs are made."""
    flow_id = world.register(flow or flow_with(interval(span)))
    group = world.store.flows.group(group_of(world, flow_id))
    assert group is not None
    assert world.store.flow_groups.change(group, replace(group, schedule_rules=rules), world.clock())
    assert schedules.set_schedule_active(world.context, flow_id)
    return flow_id


def due_runs(world: World, count: int, span: timedelta = HOUR, **rules: Any) -> list[str]:
    """Return the ids of so many runs of one schedule, in the order of their due times, which have passed."""
    flow_id = ruled_flow(world, span, **rules)
    runs = runs_of(world, flow_id)[:count]
    world.clock.time = runs[-1].scheduled_start_time + timedelta(seconds=1)
    return [run.id for run in runs]


def group_of(world: World, flow_id: str) -> str:
    (flow,) = world.store.flows.get([flow_id])
    return flow.flow_group_id


def claim(world: World, run_id: str, state: str = "Submitted") -> str:
    """Set a state under the version as it is, as an agent does. Return the state that the run has then."""
    with suppress(BadUserInput, VersionLockingError):
        world.set(run_id, state, world.run(run_id).version)
    return world.run(run_id).state.type


def skipped(world: World) -> dict[str, SkippedOccurrence]:
    """Return the occurrences of the tenant that did not run, by their runs."""
    found = world.store.occurrences.of_tenant(descending=False)
    return {each.flow_run_id or "": each for each in found}
