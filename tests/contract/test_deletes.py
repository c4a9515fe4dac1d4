"""Deletes of one item: agents, agent configs, API keys, tokens, key-values, limits and artifacts.

One of several deleters at once deletes the item, and only that one returns True. The deletion of a flow run,
a flow or a project takes many writes, and a second deleter continues it, so that both return True: see the
last test. Other tests of these deletions are in test_deleting_runs.py and test_flow_deletion.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from domain.access.api_keys import KeyKind
from domain.concurrency.limits import LimitKind
from domain.ids import member_id
from operations.access.api_keys import WantedKey, create_api_key
from operations.access.secrets import set_key_value
from operations.concurrency.limits import update_limit
from operations.flow_runs.deleting import delete_flow_run
from operations.flows.deleting import delete_flow, delete_project
from operations.queue.agents import create_agent_config, register_agent
from operations.task_runs.artifacts import create_task_run_artifact
from storage.store import TenantStore
from tests.contract.clients import client_error, connection_closed, no_response_in_time, server_error
from tests.contract.factories import World, at_once

UNKNOWN = "018f0000-0000-7000-8000-000000000000"


def register(world: World) -> str:
    return register_agent(
        world.context, agent_type="LocalAgent", name="agent", labels=["a"], agent_config_id=None
    )


def create_key(kind: KeyKind, world: World) -> str:
    return create_api_key(world.context, WantedKey(kind=kind, name="key"))[0]


def create_artifact(world: World) -> str:
    flow_run_id = world.create(world.register({"name": "Flow", "tasks": [{"slug": "a-1"}]}))
    return create_task_run_artifact(world.context, member_id(flow_run_id, 1), "link", {"link": "x"})


def create_limit(kind: LimitKind, world: World) -> str:
    return update_limit(world.context, kind, "limit", 1, what="name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletable:
    """One kind of thing that one call deletes; `call` is that call."""

    create: Callable[[World], str]
    delete: Callable[[TenantStore, str], bool | None]
    call: str = "delete_item"
    has_pointer: bool = False


DELETABLES = {
    "agent": Deletable(create=register, delete=lambda store, found: store.agents.delete(found)),
    "agent config": Deletable(
        create=lambda world: create_agent_config(world.context, "settings", {}),
        delete=lambda store, found: store.agent_configs.delete(found),
    ),
    "API key": Deletable(
        create=partial(create_key, KeyKind.KEY),
        delete=lambda store, found: store.api_keys.delete(KeyKind.KEY, found),
    ),
    "API token": Deletable(
        create=partial(create_key, KeyKind.TOKEN),
        delete=lambda store, found: store.api_keys.delete(KeyKind.TOKEN, found),
    ),
    "key-value": Deletable(
        create=lambda world: set_key_value(world.context, "key", 1),
        delete=lambda store, found: store.key_values.delete(found),
    ),
    "limit of a label": Deletable(
        create=partial(create_limit, LimitKind.LABEL),
        delete=lambda store, found: store.limits.delete(LimitKind.LABEL, found),
        call="update_item",
    ),
    "limit of a tag": Deletable(
        create=partial(create_limit, LimitKind.TAG),
        delete=lambda store, found: store.limits.delete(LimitKind.TAG, found),
        call="update_item",
    ),
    "artifact": Deletable(
        create=create_artifact,
        delete=lambda store, found: store.artifacts.delete(found),
        has_pointer=True,
    ),
}


@pytest.fixture(params=list(DELETABLES.values()), ids=list(DELETABLES))
def deletable(request: pytest.FixtureRequest) -> Deletable:
    found: Deletable = request.param
    return found


def test_delete_is_true_once_and_false_for_what_is_not_there(world, deletable):
    identifier = deletable.create(world)

    assert deletable.delete(world.store, UNKNOWN) is False
    assert deletable.delete(world.neighbour().store, identifier) is False
    assert deletable.delete(world.store, identifier) is True
    assert deletable.delete(world.store, identifier) is False


def test_eight_deleters_at_once_are_told_true_once(world, deletable):
    identifier = deletable.create(world)

    told = at_once(*[partial(deletable.delete, world.store, identifier)] * 8)

    assert sorted(told) == [False] * 7 + [True]


def test_deleter_that_is_overtaken_just_before_its_write_is_told_false(world, deletable):
    identifier = deletable.create(world)
    faulty, client = world.interfered()
    told: list[Any] = []

    def overtaken(send: Callable[[], Any]) -> Any:
        told.append(deletable.delete(world.store, identifier))
        return send()

    client.alter(deletable.call, overtaken)
    told.append(deletable.delete(faulty.store, identifier))

    assert told == [True, False]
    assert client.all_happened()


@pytest.mark.parametrize("error", [no_response_in_time, connection_closed, server_error])
@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.usefixtures("pauses")
def test_deleters_are_told_true_once_though_responses_are_lost(world, deletable, error, times):
    identifier = deletable.create(world)
    faulty, client = world.interfered()
    others: list[bool | None] = []
    client.lose_responses(
        deletable.call,
        times,
        error,
        meanwhile=lambda: others.append(deletable.delete(world.store, identifier)),
    )

    own = deletable.delete(faulty.store, identifier)

    assert client.all_happened()
    assert [own, *others].count(True) == 1
    # An artifact goes before its pointer, so that a second deleter may still find and delete the pointer.
    assert own is True or deletable.has_pointer


@pytest.mark.usefixtures("pauses")
def test_delete_of_what_is_not_there_is_false_after_a_throttled_attempt(world, deletable):
    faulty, client = world.interfered()
    client.fail(deletable.call, client_error("ThrottlingException"))

    assert deletable.delete(faulty.store, UNKNOWN) is False


def test_delete_is_one_call_unless_a_pointer_leads_to_the_item(world, deletable):
    identifier = deletable.create(world)
    observed, client = world.interfered()

    deletable.delete(observed.store, identifier)

    pointed = ["get_item", "delete_item"] if deletable.has_pointer else []
    assert client.calls == [*pointed, deletable.call]


def test_delete_of_a_key_under_the_other_kind_is_false_and_leaves_it(world):
    identifier = create_key(KeyKind.KEY, world)

    assert world.store.api_keys.delete(KeyKind.TOKEN, identifier) is False
    assert world.store.api_keys.ids(KeyKind.KEY, 10) == [identifier]


def test_agent_that_registers_right_after_its_deletion_stays(world):
    identifier = register(world)
    faulty, client = world.interfered()
    client.alter("delete_item", lambda send: (send(), register(world))[0])

    assert faulty.store.agents.delete(identifier) is True
    assert client.all_happened()
    assert [agent.id for agent in world.store.agents.get([identifier])] == [identifier]


@pytest.mark.parametrize(
    ("create", "delete"),
    [
        pytest.param(World.new_run, delete_flow_run, id="flow run"),
        pytest.param(World.register, delete_flow, id="flow"),
        pytest.param(World.project, delete_project, id="project"),
    ],
)
def test_deleter_of_many_items_that_is_overtaken_is_told_true_as_well(world, create, delete):
    identifier = create(world)
    overtaken, client = world.interfered()
    told: list[bool] = []

    def overtake(send: Callable[[], Any]) -> Any:
        told.append(delete(world.context, identifier))
        return send()

    client.alter("query", overtake)

    told.append(delete(overtaken.context, identifier))

    assert client.all_happened()
    assert told == [True, True]
    assert delete(world.context, identifier) is False
