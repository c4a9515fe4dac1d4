"""A large value of one row stops nobody from listing names and ids: only a list that shows it is refused."""

from dataclasses import dataclass
from typing import Any

import pytest

from domain.errors import PayloadTooLarge
from domain.flow_runs.states import State
from domain.ids import member_id
from domain.memory import Memory
from domain.work import Work
from operations.access.secrets import set_key_value
from operations.flows.flow_groups import set_default_parameters
from operations.queue.agents import create_agent_config
from operations.reads.arguments import Arguments
from operations.reads.entities.registry import ENTITIES
from operations.reads.query import aggregate_rows, list_rows
from operations.reads.rows import Need
from operations.task_runs.artifacts import create_task_run_artifact
from operations.task_runs.logs import write_logs
from operations.task_runs.task_runs import set_task_run_state
from tests.contract.factories import incompressible, log_entry

ROWS = 6
# Of this memory, all values of any case take more, and a single one less.
MOST = 400_000
DENSE: list[object] = [[]] * 800
# So dense that it stands in its run's item.
LONG = "a" * 16_000


@dataclass
class Case:
    entity: str
    where: Any
    large: str
    light: tuple[str, ...] = ("id",)
    order_by: Any = None
    one: Any = None


def _outlines(world, default):
    project = world.project()
    for number in range(ROWS):
        flow = {"name": f"F{number}", "parameters": [{"name": "x", "default": default}]}
        world.register(flow, project_id=project)
    return Case("flow", {"project_id": {"_eq": project}}, "parameters", ("id", "name"), [{"created": "desc"}])


def dense_outlines(world):
    return _outlines(world, DENSE)


def outlines_apart(world):
    return _outlines(world, incompressible(50_000))


def groups(world):
    for number in range(ROWS):
        flow_id = world.register({"name": f"F{number}"})
        (flow,) = world.store.flows.get([flow_id])
        set_default_parameters(world.context, flow.flow_group_id, {"x": DENSE})
    one = {"id": {"_eq": flow.flow_group_id}}
    return Case("flow_group", None, "default_parameters", ("id", "name"), one=one)


def _inputs(world, value, rows=ROWS):
    flow_id = world.register()
    for _ in range(rows):
        world.create(flow_id, parameters={"x": value})
        world.clock.advance(seconds=1)
    light = ("id", "name", "state", "created", "labels")
    return Case("flow_run", {"flow_id": {"_eq": flow_id}}, "parameters", light, [{"name": "asc"}])


def inputs_apart(world):
    return _inputs(world, DENSE)


def inputs_inside(world):
    return _inputs(world, LONG, rows=16)


def _states(world, message, states):
    flow_id = world.register()
    for _ in range(2):
        run_id = world.create(flow_id)
        for version in range(1, states):
            world.set(run_id, {"type": "Running", "message": f"{version}{message}"}, version)
    return {"flow_id": {"_eq": flow_id}}


def states_inside(world):
    where = {"flow_run": _states(world, LONG, 15)}
    return Case("flow_run_state", where, "message", ("id", "version", "timestamp"))


def states_apart(world):
    where = {"flow_run": _states(world, "a" * 40_000, 8)}
    return Case("flow_run_state", where, "serialized_state", ("id", "version", "state"))


def states_of_task_runs(world):
    run_id = world.create(world.register({"name": "F", "tasks": [{"slug": f"t{n}"} for n in range(ROWS)]}))
    run = world.run(run_id)
    for number in range(1, ROWS + 1):
        task_run_id = member_id(run_id, number)
        set_task_run_state(world.context, task_run_id, 1, State({"type": "Failed", "message": "a" * 50_000}))
    where = {"task_run": {"flow_run_id": {"_eq": run.id}}}
    return Case("task_run_state", where, "message", ("id", "version", "state"))


def infos(world):
    run_id = world.new_run()
    for number in range(ROWS):
        write_logs(world.context, [log_entry(run_id, number, info={"x": DENSE})])
    return Case("log", {"flow_run_id": {"_eq": run_id}}, "info", ("id", "message"), [{"timestamp": "desc"}])


def artifacts(world):
    run_id = world.create(world.register({"name": "F", "tasks": [{"slug": "t"}]}))
    task_run_id = member_id(run_id, 1)
    for _ in range(ROWS):
        create_task_run_artifact(world.context, task_run_id, "markdown", {"x": DENSE})
    return Case("task_run_artifact", {"task_run_id": {"_eq": task_run_id}}, "data", ("id", "kind"))


def key_values(world):
    for number in range(15):
        set_key_value(world.context, f"key {number}", [[]] * 250)
    return Case("key_value", None, "value", ("id", "key"))


def agent_configs(world):
    for number in range(15):
        create_agent_config(world.context, f"config {number}", [[]] * 250)
    return Case("agent_config", None, "settings", ("id", "name"))


@pytest.mark.dynoxide_only
@pytest.mark.parametrize(
    "case",
    [
        *(dense_outlines, outlines_apart, groups, inputs_apart, inputs_inside, states_inside, states_apart),
        *(states_of_task_runs, infos, artifacts, key_values, agent_configs),
    ],
)
def test_large_values_stop_only_the_lists_that_show_them(world, case):
    made = case(world)

    def reader():
        return world.within(Work(memory=Memory(most=MOST, most_read=MOST))).context

    light = Need(columns=set(made.light))
    plain = {"where": made.where}
    for arguments in (plain, {**plain, "limit": 2}, {**plain, "order_by": made.order_by or [{"id": "asc"}]}):
        assert list_rows(reader(), made.entity, Arguments(**arguments), light)
    named = {"_and": [made.where or {}, {made.light[-1]: {"_is_null": False}}]}
    assert list_rows(reader(), made.entity, Arguments(where=named), light)
    assert aggregate_rows(reader(), made.entity, Arguments(**plain), Need()).count() > 1
    with pytest.raises(PayloadTooLarge):
        shown(list_rows(reader(), made.entity, Arguments(**plain), Need(columns={made.large})), made)
    few = Arguments(where=made.one or made.where, limit=1)
    assert shown(list_rows(reader(), made.entity, few, Need(columns={made.large})), made)


def shown(rows, made):
    """Look at the large column of rows as a response does."""
    get = ENTITIES[made.entity].columns[made.large].get
    return [get(row.value) for row in rows]
