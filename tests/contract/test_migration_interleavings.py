"""A request beside a migration step ends as if it had come before or after the step.

A step reads items and writes later. Here a request of this release runs as a whole in each gap between two
calls of the step, and the step runs as a whole in each gap of the request. So a write that trusts what was
read before the gap leaves other items than either order. No second pass of the migration mends them here.
"""

import re
import uuid
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from domain.errors import FlowRunsError
from domain.random_names import made_up_name
from operations.flow_runs.deleting import delete_flow_run
from operations.flow_runs.states import set_flow_run_labels, set_flow_run_name
from operations.flows.archiving import archive_flow
from operations.flows.deleting import delete_flow, delete_project
from operations.flows.extending import add_tasks
from operations.flows.moving import update_flow_project
from operations.queue.polling import get_runs_in_queue
from storage.layout.attributes import instant_order
from storage.layout.keys import Keys
from storage.migrations.left_behind import mark_left_behind
from storage.migrations.names_and_ends import list_names_and_ends
from storage.migrations.tasks_of_flows import keep_tasks
from storage.migrations.waiting import move_waiting
from storage.queue.former_queue import former_queues
from tests.contract.factories import SHARDS, START, Clock, World
from tests.contract.gaps import OneGap, place_of, put_items_back
from tests.contract.limits import set_task, task_run
from tests.contract.mortals import InOrder
from tests.examples import each_gap

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
FLOW = {"name": "Flow", "tasks": [{"slug": "a"}, {"slug": "b"}]}
FORMER, THIRD = FLOW | {"name": "Former"}, FLOW | {"name": "Third"}
SHOWN = (
    *("state", "archived", "project_id", "task_count"),
    *("status_shard", "planned_shard", "name_shard", "late_shard"),
)


class Stage:
    """A tenant with data of an earlier release, and the requests that may come in a gap of one step."""

    def __init__(self, client, table_name, step):
        self.world = World(client, table_name, str(uuid.uuid4()), Clock(), is_current=False)
        self.keys, self.step = Keys(self.world.tenant_id, SHARDS), step
        self.names = {self.world.project(name): name for name in ("home", "away")}
        self.home, self.away = self.names
        self.requests: dict[str, Callable[[World], Any]] = {}
        # Several requests, which come in a gap of the step one after the other.
        self.sequences: dict[str, Callable[[World], Any]] = {}

    def keep(self):
        self._before = self.world.items()

    def named(self, name, identifier):
        self.names[identifier] = name
        return identifier

    def remove(self, *, pk="", sk=""):
        """Delete the items whose keys contain these texts; return them."""
        found = [
            item for item in self.world.items() if pk in item["pk"]["S"] and item["sk"]["S"].startswith(sk)
        ]
        assert found
        for item in found:
            self.world.table.delete(Key={"pk": item["pk"], "sk": item["sk"]})
        return found

    def put_back(self):
        put_items_back(self.world, self._before)

    def world_through(self, client):
        """Return the tenant through a client, in a process that finds older data."""
        world = self.world
        return World(client, world.table_name, world.tenant_id, world.clock, is_current=False)

    def migrate(self, client):
        """Make one pass of the step through a client. Return its number of odd items."""
        table, position, odd = InOrder(client, self.world.table_name), None, 0
        while True:
            piece = self.step(table, self.keys, position, self.world.clock())
            odd += len(piece.faults)
            position = piece.after
            if position is None:
                return odd

    def state(self):
        """Return the items after recovery, without ids and times."""
        self.world.finish_deletions()
        return Counter(
            (*map(self._without_ids, place_of(item)), *(self._shown(item, name) for name in SHOWN))
            for item in self.world.items()
        )

    def _shown(self, item, name):
        return self._without_ids(str(item.get(name)))

    def _without_ids(self, text):
        return UUID.sub(lambda found: self.names.get(found[0], "an id"), text)


def flows_without_tasks(client, table_name):
    stage = Stage(client, table_name, keep_tasks)
    world = stage.world
    flow_id = stage.named("flow", world.register(FLOW, project_id=stage.home))
    stage.remove(pk=flow_id, sk="tasks")
    (head,) = stage.remove(pk=flow_id, sk="flow")
    del head["task_count"]
    world.table.put(Item=head)
    stage.requests |= {
        "add tasks": lambda world: add_tasks(world.context, flow_id, [{"slug": "c"}]),
        "archive": lambda world: archive_flow(world.context, flow_id),
        "delete": lambda world: delete_flow(world.context, flow_id),
        "delete the project": lambda world: delete_project(world.context, stage.home),
        "move": lambda world: update_flow_project(world.context, flow_id, stage.away),
    }
    return stage


def runs_in_the_former_queue(client, table_name):
    stage = Stage(client, table_name, move_waiting)
    world = stage.world
    flow_id = stage.named("flow", world.register(FLOW, project_id=stage.home))
    waiting = stage.named("waiting", world.create(flow_id, labels=["a"]))
    running = stage.named("running", world.create(flow_id, labels=["b"]))
    world.set(running, "Running")
    retried = task_run(world, running).id
    set_task(world, retried, "Retrying")
    stage.remove(pk=running, sk="waiting")
    for run_id, sk in ((waiting, "run"), (running, "task#")):
        (item,) = stage.remove(pk=run_id, sk=sk)
        item["status_shard"] = {"S": former_queues(stage.keys)[stage.keys.shard_of(run_id)]}
        item["status_order"] = {"S": instant_order(START)}
        item.pop("planned_shard", None)
        world.table.put(Item=item)
    stage.requests |= {
        "take the run": lambda world: world.set(waiting, "Submitted", 1),
        "label the run": lambda world: set_flow_run_labels(world.context, waiting, ["c"]),
        "label the running run": lambda world: set_flow_run_labels(world.context, running, ["c"]),
        "delete the run": lambda world: delete_flow_run(world.context, waiting),
        "delete the running run": lambda world: delete_flow_run(world.context, running),
        "end the running run": lambda world: world.set(running, "Failed"),
        "begin the task run": lambda world: set_task(world, retried, "Running"),
        "poll": lambda world: get_runs_in_queue(world.context, None, ["a", "b"]),
    }
    return stage


def items_left_behind(client, table_name):
    stage = Stage(client, table_name, mark_left_behind)
    world = stage.world
    register = partial(World.register, project_id=stage.home)
    first = stage.named("first", register(world, FORMER, version_group_id="vg"))
    second = stage.named("second", register(world, FLOW, version_group_id="vg"))
    stage.named("group", world.store.flows.group_id("vg"))
    stage.remove(sk="place#")
    lost = stage.named("lost", register(world, {"name": "Lost"}, version_group_id="lost"))
    (member,) = [item for item in world.items() if item["sk"]["S"].startswith("flow-group#Lost")]
    delete_flow(world.context, lost)
    world.finish_deletions()
    world.table.put(Item=member)
    parent, ended, gone = (stage.named(name, world.create(second)) for name in ("parent", "ended", "gone"))
    for run_id in (parent, ended, gone):
        world.set(run_id, "Running")
        task_run(world, run_id, 1, 3)
    left = task_run(world, ended, 2).id
    set_task(world, left, "Running")
    world.set(ended, "Success")
    stage.remove(pk=ended, sk="follow-up")
    stage.remove(pk=gone)
    stage.remove(pk=parent, sk="children#")

    def delete_versions(world):
        for flow_id in (first, second):
            delete_flow(world.context, flow_id)

    def replace_group(world):
        delete_versions(world)
        register(world, FLOW, version_group_id="vg")

    stage.requests |= {
        "register what was lost": lambda world: register(world, {"name": "Lost"}, version_group_id="lost"),
        "register by the former name": lambda world: register(world, FORMER, version_group_id="vg"),
        "register by a third name": lambda world: register(world, THIRD, version_group_id="vg"),
        "delete the project": lambda world: delete_project(world.context, stage.home),
        "move": lambda world: update_flow_project(world.context, second, stage.away),
        "delete the parent": lambda world: delete_flow_run(world.context, parent),
        "find another child": lambda world: task_run(world, parent, 1, 4),
        "delete the ended run": lambda world: delete_flow_run(world.context, ended),
        "run the ended run again": lambda world: world.set(ended, "Running"),
        "end the left task run": lambda world: set_task(world, left, "Success"),
    }
    stage.sequences = {"delete all versions": delete_versions, "delete all versions, register": replace_group}
    return stage


def runs_without_lists_of_names_and_ends(client, table_name):
    stage = Stage(client, table_name, list_names_and_ends)
    world = stage.world
    flow_id = stage.named("flow", world.register(FLOW, project_id=stage.home))
    named = stage.named("named", world.create(flow_id, flow_run_name="a name"))
    astray = stage.named("astray", world.create(flow_id, flow_run_name="a name"))
    unnamed = stage.named("unnamed", world.create(flow_id))
    for run_id, place in ((named, None), (astray, "former name"), (unnamed, "former name")):
        (item,) = stage.remove(pk=run_id, sk="run")
        item.pop("name_shard", None)
        if place is not None:
            item["name_shard"] = {"S": stage.keys.named_runs(place, stage.keys.shard_of(run_id))}
        world.table.put(Item=item)
    ended = stage.named("ended", world.create(flow_id))
    gone_on = stage.named("gone on", world.create(flow_id))
    world.clock.advance(hours=1)
    for run_id in (ended, gone_on):
        world.set(run_id, "Success")
    former = {name: world.item(gone_on)[name] for name in ("late_shard", "late_order")}
    world.set(gone_on, "Running")
    for run_id, attributes in ((ended, dict[str, Any]()), (gone_on, former)):
        (item,) = stage.remove(pk=run_id, sk="run")
        item = {name: value for name, value in item.items() if not name.startswith("late_")}
        world.table.put(Item={**item, **attributes})
    stage.requests |= {
        "end the run that has gone on": lambda world: world.set(gone_on, "Failed"),
        "let the ended run go on": lambda world: world.set(ended, "Scheduled"),
        "rename the run": lambda world: set_flow_run_name(world.context, named, "another"),
        "rename the other run": lambda world: set_flow_run_name(world.context, astray, "another"),
        "name the unnamed run": lambda world: set_flow_run_name(world.context, unnamed, "another"),
        "take its name from the run": lambda world: set_flow_run_name(
            world.context, named, made_up_name(named)
        ),
        "end the run": lambda world: world.set(named, "Failed"),
        "delete the run": lambda world: delete_flow_run(world.context, named),
    }
    stage.sequences = {
        "rename the run and back": lambda world: [
            set_flow_run_name(world.context, named, name) for name in ("another", "a name")
        ],
        "rename the run, delete it": lambda world: (
            set_flow_run_name(world.context, named, "another"),
            delete_flow_run(world.context, named),
        ),
    }
    return stage


STAGES = {
    "form 1": flows_without_tasks,
    "form 2": runs_in_the_former_queue,
    "form 3": items_left_behind,
    "form 4": runs_without_lists_of_names_and_ends,
}


@pytest.fixture(scope="module", params=list(STAGES.values()), ids=list(STAGES))
def stage(request, database):
    with database() as (client, table_name):
        found = request.param(client, table_name)
        found.keep()
        yield found


def result(request, world):
    """Make a request. Return its error code, or "done"."""
    try:
        request(world)
    except FlowRunsError as error:
        return error.code
    return "done"


def calls_of(stage, request):
    """Return the step and the request, each as a call through a given client."""
    return stage.migrate, lambda client: result(request, stage.world_through(client))


def outcomes_in_order(stage, request):
    calls = calls_of(stage, request)
    for in_order in (calls, calls[::-1]):
        stage.put_back()
        results = {str(call(stage.world.client)) for call in in_order}
        yield results, stage.state()


def outcome_in_gap(stage, gap, outer, inner):
    """Return the outcome with `inner` before one call of `outer`; None if `outer` makes fewer calls."""
    stage.put_back()
    results = []
    client = OneGap(stage.world.client, gap, lambda: results.append(inner(stage.world.client)))
    results.append(outer(client))
    return (set(map(str, results)), stage.state()) if len(results) > 1 else None


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("outer", ["step", "request"])
def test_request_and_migration_step_in_each_gap_end_as_in_one_order(stage, outer):
    requests = stage.requests | (stage.sequences if outer == "step" else {})
    for name, request in requests.items():
        expected = list(outcomes_in_order(stage, request))
        calls = calls_of(stage, request)
        for gap in each_gap(f"{name}, {outer}"):
            outcome = outcome_in_gap(stage, gap, *(calls if outer == "step" else calls[::-1]))
            if outcome is None:
                break
            assert outcome in expected, f"{name}, in the gap before call {gap} of the {outer}"
        assert gap > 1
