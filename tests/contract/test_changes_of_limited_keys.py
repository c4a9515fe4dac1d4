"""Mutations of a key that is limited to projects: what is in others is as if it did not exist."""

import json
import uuid
from dataclasses import replace
from typing import Any

import pytest

from domain.access.callers import OPERATOR, Caller
from domain.access.scopes import Scope
from domain.errors import NotFound
from domain.flow_runs.states import State
from domain.ids import member_id
from graphql_api.mutations.inputs import ID, MutationInput, required
from graphql_api.permissions.projects import resolve_within
from graphql_api.permissions.subjects import REGISTERING, TENANT_WIDE
from operations.queue import polling
from operations.task_runs.task_runs import set_task_run_state
from tests.contract.houses import House, open_house, send_mutation, unknown
from tests.contract.sites import Site, scenarios

# What a limited key may send though it names nothing of a project, and what it may change then.
MAKING_KEYS = {"create_api_key", "create_api_token"}
UNLIMITED = {"get_runs_in_queue", "register_agent", *MAKING_KEYS}


@pytest.fixture
def house(world) -> House:
    return open_house(world)


def check_unchanged(house: House, before: list[Any], name: str) -> None:
    """Fail if an item was changed or written. A heartbeat is stored whether there is such a run or not."""
    now = house.world.items()
    assert [item for item in before if item not in now] == [], name
    assert len(now) == len(before) or name.endswith("heartbeat"), name


@pytest.mark.parametrize("scope", [Scope.ADMIN, Scope.RUNNER])
def test_every_mutation_answers_as_for_ids_that_nothing_has_and_changes_nothing(house, scope):
    caller, before, tried = house.caller(scope), house.world.items(), set()
    for name, values in scenarios(house.site):
        if name in UNLIMITED:
            continue
        found = send_mutation(house, name, values, caller)
        check_unchanged(house, before, name)
        code = found.get("errors", [{}])[0].get("extensions", {}).get("code")
        if name in TENANT_WIDE:
            assert code == "FORBIDDEN"
        elif name in REGISTERING and scope is Scope.ADMIN and not values.get("project_id"):
            assert code == "BAD_USER_INPUT"
        elif name in REGISTERING and values.get("version_group_id"):
            assert code == "FORBIDDEN"
        else:
            kept, text = {house.world.tenant_id}, json.dumps(values, default=str)
            expected = send_mutation(house, name, json.loads(unknown(text, kept)), caller)
            assert unknown(json.dumps(found), kept) == json.dumps(expected), name
            tried.add(name)
            before = house.world.items() if name.endswith("heartbeat") else before
    check_unchanged(house, before, "all")
    assert len(tried) > 50


def test_caller_whose_projects_are_all_does_what_any_other_does(world):
    answers = []
    for is_limited in (False, True):
        own = world.neighbour()
        site = Site(own)
        projects = frozenset({site.project_id, site.other_project_id, site.doomed_id})
        limited = Caller(name="l", scope=Scope.ADMIN, projects=projects)
        house = House(own, site, None, set())  # type: ignore[arg-type]
        codes = {}
        for number, (name, values) in enumerate(scenarios(site)):
            is_refused = name in TENANT_WIDE or (name in REGISTERING and "project_id" not in values)
            # One of the projects is deleted by then, and the key to rotate is one of all projects.
            is_refused = is_refused or name in MAKING_KEYS or name == "rotate_api_key"
            caller = limited if is_limited and not is_refused else OPERATOR
            errors = send_mutation(house, name, values, caller).get("errors", [])
            codes[f"{number} {name}"] = [error["extensions"]["code"] for error in errors]
        answers.append(codes)
    assert answers[0] == answers[1]


def test_flow_is_registered_only_in_projects_of_the_caller(house):
    own, site, caller = house.own.project_id, house.site, house.caller(Scope.USER)

    def code(**given: Any) -> str | None:
        found = send_mutation(house, "create_flow", {"serialized_flow": {"name": "N"}, **given}, caller)
        return found["errors"][0]["extensions"]["code"] if "errors" in found else None

    assert code(project_id=own) is None
    assert code(project_id=own, version_group_id="mine") is None
    assert code(project_id=site.project_id) == "NOT_FOUND"
    assert code(project_id=own, version_group_id="group") == "FORBIDDEN"
    assert code() == code(version_group_id="fresh") == "BAD_USER_INPUT"


@pytest.mark.parametrize("name", ["group", "it's a group", "g" * 150])
def test_version_group_of_others_has_no_flow_to_run(house, name):
    house.world.register({"name": name}, project_id=house.site.project_id, version_group_id=name)

    def message(version_group_id: str) -> str:
        given = {"version_group_id": version_group_id}
        (error,) = send_mutation(house, "create_flow_run", given, house.caller(Scope.USER))["errors"]
        return str(error["message"])

    absent = f"no{name[2:]}"
    assert message(name) == message(absent).replace(repr(absent[:100]), repr(name[:100]))


def test_flow_is_moved_only_between_projects_of_the_caller(house):
    own, site = house.own, house.site
    ways = [(own.flow_id, site.project_id), (site.flow_id, own.project_id), (site.flow_id, site.project_id)]
    before = house.world.items()
    for flow_id, project_id in ways:
        given = {"flow_id": flow_id, "project_id": project_id}
        found = send_mutation(house, "update_flow_project", given, house.caller(Scope.USER))
        assert [error["extensions"]["code"] for error in found["errors"]] == ["NOT_FOUND"]
        assert house.world.items() == before


def test_change_of_many_runs_is_one_of_own_runs(house):
    names = {run_id: house.world.types(run_id) for run_id in (house.site.running_id, house.site.waiting_id)}

    found = send_mutation(house, "cancel_flow_runs", {"all": True}, house.caller(Scope.USER))

    assert "errors" not in found
    assert house.world.types(house.own.waiting_id)[-1] == "Cancelled"
    assert {run_id: house.world.types(run_id) for run_id in names} == names


def test_states_of_own_runs_are_set_up_to_the_first_of_others(house):
    changes = [
        {"flow_run_id": run_id, "state": {"type": "Failed"}, "version": None}
        for run_id in (house.own.waiting_id, house.site.running_id, house.own.run_id)
    ]

    found = send_mutation(house, "set_flow_run_states", {"states": changes}, house.caller(Scope.RUNNER))

    assert [error["message"] for error in found["errors"]] == [
        f"State update failed: there is no flow run {house.site.running_id}."
    ]
    last = [house.world.types(run["flow_run_id"])[-1] for run in changes]
    assert last == ["Failed", "Running", "Running"]


def test_poll_returns_own_runs_however_many_of_others_wait_before_them(house, monkeypatch):
    monkeypatch.setattr(polling, "MAX_READ_OF_ALL", 10)
    world, own = house.world, house.own
    for _ in range(25):
        world.create(house.site.lone_flow_id)
    retried = member_id(own.run_id, 2)
    set_task_run_state(world.context, retried, None, State({"type": "Retrying"}))
    last = world.create(own.flow_id)
    world.clock.advance(minutes=30)
    before = [item for item in world.items() if own.project_id not in str(item)]

    def polled(projects: frozenset[str] | None) -> list[str]:
        caller = Caller(name="r", scope=Scope.RUNNER, projects=projects)
        return polling.get_runs_in_queue(world.context.sent_by(caller), None, [])

    assert set(polled(frozenset({own.project_id}))) == {own.waiting_id, last, own.run_id}
    now = world.items()
    assert [item for item in before if item not in now and house.site.lone_flow_id in str(item)] == []
    assert polled(frozenset({house.site.other_project_id})) == []
    assert len(polled(None)) == 25


def test_nobody_can_tell_which_id_takes_the_place_of_a_foreign_one(house):
    """An id whose replacement is known could be made to lead to a thing of another project."""
    context = replace(house.world.context, caller=house.caller(Scope.USER))
    seen: list[str] = []
    for _ in range(2):
        given = RenamedProject({"project_id": house.site.project_id})
        with pytest.raises(NotFound) as refused:
            resolve_within(context, "set_project_name", given, lambda _, given: refuse(given, seen))
        assert house.site.project_id in refused.value.message

    assert len({house.site.project_id, *seen}) == 3
    for other in seen:
        assert (other[:20], other[32:]) == (house.site.project_id[:20], house.site.project_id[32:])
        assert uuid.UUID(other).version == uuid.UUID(house.site.project_id).version


class RenamedProject(MutationInput):
    """The input of a mutation of a project."""

    project_id = required(ID, "The project.")


def refuse(given: RenamedProject, seen: list[str]) -> None:
    seen.append(given.project_id)
    raise NotFound(f"There is no project {given.project_id}.")
