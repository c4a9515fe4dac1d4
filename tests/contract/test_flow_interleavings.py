"""Two concurrent requests about one flow end as if one had come after the other.

Each use case reads before it writes. Here a second request runs as a whole in each gap between two calls of
the first request. So a write that trusts what was read before the gap gives an outcome of neither order.
"""

import uuid
from functools import partial

import pytest

from domain.errors import FlowRunsError
from operations.flows import flow_groups
from operations.flows.archiving import archive_flow, unarchive_flow
from operations.flows.deleting import delete_flow, delete_project
from operations.flows.extending import add_tasks
from operations.flows.moving import update_flow_project
from operations.flows.projects import set_project_name
from operations.flows.registering import RegisterFlow, register_flow
from tests.contract.factories import Clock, World
from tests.contract.gaps import OneGap, put_items_back
from tests.examples import each_gap, examples

SERIALIZED = {"name": "Flow", "tasks": [{"slug": "a"}]}


class Stage:
    """A flow of two versions with a run each, in the first of two projects; put back for each try."""

    def __init__(self, client, table_name):
        self.world = World(client, table_name, str(uuid.uuid4()), Clock())
        self.projects = {self.world.project(name): name for name in ("old", "new")}
        self.old, self.new = self.projects
        self.first, self.second = self._version(), self._version()
        self.group_id = self.world.store.flows.get([self.first])[0].flow_group_id
        self._before = self.world.items()

    def _version(self):
        flow_id = self.world.register(SERIALIZED, project_id=self.old)
        self.world.create(flow_id)
        self.world.clock.advance(hours=1)
        return flow_id

    def put_back(self):
        put_items_back(self.world, self._before)

    def state(self):
        """Return what the tenant has after recovery, without ids and times."""
        self.world.finish_deletions()
        store = self.world.store
        flows = store.flows.get(store.flow_lists.ids_in_tenant(None, 100))
        group_ids = sorted({flow.flow_group_id for flow in flows})
        groups = {group.id: group for group in store.flows.groups(group_ids)}
        run_ids = [item["pk"]["S"].rpartition("#")[2] for item in self.world.items("run")]
        runs = store.flow_runs.get(run_ids, (), consistent=True)
        versions = {flow.id: flow.version for flow in flows}
        return {
            "projects": [project.name for project in store.projects.all()],
            "flows": sorted(self._described(flow, groups[flow.flow_group_id]) for flow in flows),
            "names": {
                project: self._leads_to_group(project_id) for project_id, project in self.projects.items()
            },
            "runs of versions": sorted(versions.get(run.flow_id, "a deleted one") for run in runs),
            "items of projects": sorted(self._items_of_projects()),
        }

    def _described(self, flow, group):
        return (
            self.projects[flow.project_id],
            self.projects[group.project_id],
            flow.version,
            flow.flow_group_id == self.group_id,
            flow.archived,
            group.current_flow_id == flow.id,
            str(flow.overrides),
            len(self.world.store.flows.tasks([flow])[flow.id]),
        )

    def _leads_to_group(self, project_id):
        flows = self.world.store.flows
        holder = flows.version_group_named(project_id, "Flow")
        return None if holder is None else flows.group_id(holder) == self.group_id

    def _items_of_projects(self):
        for item in self.world.items():
            kind, _, project_id = item["pk"]["S"].rpartition("#")
            if kind.endswith("#project"):
                yield item["sk"]["S"].partition("#")[0], self.projects[project_id]


def requests(stage):
    register = partial(RegisterFlow, serialized_flow=SERIALIZED)
    return {
        "register": lambda context: register_flow(context, register(project_id=stage.old)),
        "register elsewhere": lambda context: register_flow(context, register(project_id=stage.new)),
        "archive": lambda context: archive_flow(context, stage.second),
        "archive the first": lambda context: archive_flow(context, stage.first),
        "unarchive": lambda context: unarchive_flow(context, stage.first),
        "move": lambda context: update_flow_project(context, stage.first, stage.new),
        "delete": lambda context: delete_flow(context, stage.second),
        "delete the first": lambda context: delete_flow(context, stage.first),
        "delete the project": lambda context: delete_project(context, stage.old),
        "delete the target": lambda context: delete_project(context, stage.new),
        "set labels": lambda context: flow_groups.set_labels(context, stage.group_id, ["label"]),
        "add a task": lambda context: add_tasks(context, stage.second, [{"slug": "b"}]),
        "add another task": lambda context: add_tasks(context, stage.second, [{"slug": "c"}]),
        "rename the project": lambda context: set_project_name(context, stage.old, "renamed"),
    }


REQUESTS = list(requests(None))
# The pairs that lost something before their writes had conditions.
LOSSES = [
    ("move", "delete the first"),
    ("move", "delete the project"),
    ("register elsewhere", "move"),
    ("unarchive", "unarchive"),
    ("archive the first", "unarchive"),
]
# All pairs take two minutes on dynoxide, so `make test` tries those with the requests that touch most items.
MEANWHILE = REQUESTS if examples(1) > 1 else ["move", "unarchive", "delete the project"]
# A test on moto takes several times as long, so moto tries only the pairs that have lost something.
PAIRS = [
    *LOSSES,
    *(
        pytest.param(first, second, marks=pytest.mark.dynoxide_only)
        for first in REQUESTS
        for second in MEANWHILE
        if (first, second) not in LOSSES
    ),
]


@pytest.fixture(scope="module")
def stage(database):
    with database() as (client, table_name):
        yield Stage(client, table_name)


def result(request, world):
    """Make a request. Return its error code or "done": a repeated deletion may return either bool."""
    try:
        request(world.context)
    except FlowRunsError as error:
        return error.code
    return "done"


def outcomes_in_order(stage, one, other):
    for requests_in_order in ((one, other), (other, one)):
        stage.put_back()
        results = {request: result(request, stage.world) for request in requests_in_order}
        yield [results[one], results[other]], stage.state()


def outcome_in_gap(stage, gap, one, other):
    """Return the outcome with `other` before the call `gap` of `one`; None if `one` makes fewer calls."""
    stage.put_back()
    results = []
    client = OneGap(stage.world.client, gap, lambda: results.append(result(other, stage.world)))
    results.insert(0, result(one, stage.world.through(client)))
    return (results, stage.state()) if len(results) > 1 else None


@pytest.mark.dynoxide_only
@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_outcome_of_concurrent_requests_is_that_of_one_order(stage, first, second):
    one, other = requests(stage)[first], requests(stage)[second]
    expected = list(outcomes_in_order(stage, one, other))
    for gap in each_gap(f"{first}, {second}"):
        outcome = outcome_in_gap(stage, gap, one, other)
        if outcome is None:
            break
        assert outcome in expected, f"in the gap before call {gap}"
    assert gap > 1
