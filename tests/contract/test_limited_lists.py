"""A list of a key that is limited to projects is the plain list without the rows of other projects."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.access.callers import Caller
from domain.access.scopes import Scope
from operations.reads.arguments import Arguments
from operations.reads.query import aggregate_rows, list_rows
from operations.reads.rows import Need, Row
from tests.contract.factories import World
from tests.examples import examples

FILTERS: dict[str, list[Any]] = {
    "flow_run": [
        {},
        {"state": {"_in": ["Success", "Scheduled"]}},
        {"_or": [{"flow": {"name": {"_eq": "flow 1"}}}, {"state": {"_eq": "Failed"}}]},
        {"_not": {"flow": {"project": {"name": {"_eq": "P1"}}}}},
    ],
    "flow": [
        {},
        {"name": {"_neq": "flow 1"}},
        {"_or": [{"name": {"_eq": "flow 0"}}, {"version": {"_eq": 2}}]},
    ],
    "project": [{}, {"name": {"_in": ["P0", "P2"]}}, {"flows": {"name": {"_eq": "flow 1"}}}],
    "flow_group": [{}, {"flow_runs": {"state": {"_eq": "Failed"}}}],
}


def project_need(entity: str) -> Need:
    need = Need({"id"})
    if entity == "flow_run":
        need.relation("flow").columns.add("project_id")
    return need


def project_of(entity: str, row: Row) -> str:
    value = row.related["flow"].value if entity == "flow_run" else row.value
    return str(value.id if entity == "project" else value.project_id)


@pytest.fixture
def mixed(world) -> tuple[World, list[str]]:
    """Three projects, with flows of the same names, and runs in each that ended in several ways."""
    projects = [world.project(f"P{number}") for number in range(3)]
    for number, project_id in enumerate(projects):
        for flow in range(2):
            name = {"name": f"flow {flow}"}
            world.register(name, project_id=project_id)
            flow_id = world.register(name, project_id=project_id)
            for state in ("Success", "Failed", "Scheduled")[: number + 1]:
                run_id = world.create(flow_id)
                if state != "Scheduled":
                    world.set(run_id, "Running")
                    world.set(run_id, state)
    return world, projects


@pytest.mark.dynoxide_only
def test_list_of_own_runs_costs_the_same_however_many_newer_ones_others_have(world):
    project_id, other = world.project("Own"), world.register()
    flows = [world.register({"name": f"flow {number}"}, project_id=project_id) for number in range(30)]
    own = []
    for flow_id in flows[:4]:
        world.clock.advance(seconds=1)
        own.append(world.create(flow_id))
    world.clock.advance(seconds=1)
    limited = Caller(name="l", scope=Scope.READ, projects=frozenset({project_id}))
    questions = [
        Arguments(order_by=[{"created": "desc"}], limit=3),
        Arguments(where={"state": {"_eq": "Scheduled"}}, order_by=[{"state_start_time": "asc"}], limit=3),
    ]

    def costs() -> list[tuple[list[str], float]]:
        found = []
        for arguments in questions:
            metered, cost = world.metered()
            rows = list_rows(metered.context.sent_by(limited), "flow_run", arguments, Need({"id"}))
            found.append(([row.value.id for row in rows], cost.summary()["read_units"]))
        return found

    before = costs()
    for _ in range(80):
        world.create(other)
    after = costs()

    assert [ids for ids, _ in before] == [own[:0:-1], own[:3]]
    assert [ids for ids, _ in after] == [own[:0:-1], own[:3]]
    assert after[0][1] == before[0][1] < 70
    assert after[1][1] < before[1][1] + 70


@settings(max_examples=examples(15), suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_limited_list_is_the_plain_list_of_the_own_projects(mixed, data):
    world, projects = mixed
    entity = data.draw(st.sampled_from(["flow_run", "flow", "project", "flow_group"]))
    own = frozenset(data.draw(st.sets(st.sampled_from(projects), min_size=1)))
    where = data.draw(st.sampled_from(FILTERS[entity]))
    order = data.draw(st.sampled_from(["asc", "desc"]))
    limit, offset = data.draw(st.integers(0, 9)), data.draw(st.integers(0, 3))
    by = [{"name": order}, {"id": "asc"}]
    limited = world.context.sent_by(Caller(name="l", scope=Scope.READ, projects=own))

    plain = list_rows(world.context, entity, Arguments(where=where, order_by=by), project_need(entity))
    expected = [row.value.id for row in plain if project_of(entity, row) in own]

    wanted = Arguments(where=where, order_by=by, limit=limit, offset=offset)
    found = list_rows(limited, entity, wanted, Need({"id"}))
    assert [row.value.id for row in found] == expected[offset : offset + limit]
    counted = aggregate_rows(limited, entity, Arguments(where=where), Need())
    assert counted.count() == len(expected)
