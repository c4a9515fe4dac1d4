"""Agents and agent configs in the table."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import NotFound, PayloadTooLarge
from domain.queue.agents import NOTED_EVERY
from operations.queue.agents import (
    create_agent_config,
    delete_agent,
    delete_agent_config,
    register_agent,
    update_agent_config,
)
from operations.queue.polling import get_runs_in_queue
from tests.contract.factories import START, at_once, incompressible

UNKNOWN = "2a9c1c6f-7e0a-4c55-8a43-0d9c7b1f3a10"


def register(world, **more):
    given = {"agent_type": "LocalAgent", "name": "agent", "labels": ["a"], "agent_config_id": None, **more}
    return register_agent(world.context, **given)


def read(world, agent_id):
    (agent,) = world.store.agents.get([agent_id])
    return agent


@pytest.mark.dynoxide_only
def test_agent_is_stored_as_it_registered(world):
    world.context = replace(world.context, core_version="1.4.1")
    config_id = create_agent_config(world.context, "shared", {"a": 1})

    agent = read(world, register(world, labels=["b", "a", "b"], agent_config_id=config_id))

    assert (agent.type, agent.name, agent.labels) == ("LocalAgent", "agent", ["a", "b"])
    assert (agent.core_version, agent.agent_config_id) == ("1.4.1", config_id)
    assert (agent.created, agent.updated, agent.last_queried) == (START, START, None)


def test_agent_that_registers_again_keeps_its_id_and_creation_time(world):
    first = register(world, labels=["b", "a"])
    polled = START + timedelta(minutes=1)
    world.store.agents.note_poll(first, polled)
    world.clock.advance(minutes=5)

    assert register(world, labels=["a", "b", "a"]) == first
    agent = read(world, first)
    assert (agent.created, agent.updated, agent.last_queried) == (START, world.clock(), polled)
    assert world.store.agents.ids(10) == [first]


@pytest.mark.parametrize(
    "other", [{"agent_type": "DockerAgent"}, {"name": "other"}, {"name": None}, {"labels": []}], ids=str
)
def test_agent_with_another_trait_gets_another_id(world, other):
    assert register(world, **other) != register(world)
    assert len(world.store.agents.ids(10)) == 2


def test_agent_of_another_release_gets_another_id(world):
    first = register(world)
    world.context = replace(world.context, core_version="1.4.1")

    assert register(world) != first


def test_same_agent_registering_eight_times_at_once_is_one_agent(world):
    ids = at_once(*[lambda: register(world)] * 8)

    assert len(set(ids)) == 1
    assert world.store.agents.ids(10) == ids[:1]


def test_agent_with_unknown_config_is_refused_and_not_stored(world):
    with pytest.raises(NotFound, match="agent config"):
        register(world, agent_config_id=UNKNOWN)

    assert world.items() == []


def test_deleted_agent_is_gone_and_may_register_again(world):
    agent_id = register(world)

    assert delete_agent(world.context, agent_id)
    assert not delete_agent(world.context, agent_id)
    assert world.items() == []
    assert register(world) == agent_id


class TestPolls:
    @pytest.fixture
    def agent_id(self, world):
        agent_id = register(world)
        world.context = replace(world.context, agent_id=agent_id)
        return agent_id

    def test_poll_is_stored_at_most_twice_a_minute(self, world, agent_id):
        get_runs_in_queue(world.context, None, [])
        assert read(world, agent_id).last_queried == START

        world.clock.advance(seconds=29)
        get_runs_in_queue(replace(world.context, polled={}), None, [])
        assert read(world, agent_id).last_queried == START

        world.clock.advance(seconds=1)
        get_runs_in_queue(world.context, None, [])
        assert read(world, agent_id).last_queried == START + NOTED_EVERY

    def test_process_that_stored_a_poll_does_not_write_again_soon(self, world, agent_id):
        counted, client = world.interfered()
        context = replace(counted.context, agent_id=agent_id)

        for _ in range(3):
            get_runs_in_queue(context, None, [])

        assert client.calls.count("update_item") == 1

    def test_poll_of_an_unknown_agent_stores_nothing(self, world):
        get_runs_in_queue(replace(world.context, agent_id=UNKNOWN), None, [])

        assert world.items() == []

    def test_poll_returns_runs_though_its_time_cannot_be_stored(self, world, agent_id, pauses):
        run_id = world.new_run()
        other, client = world.interfered()
        for _ in range(20):
            client.lose_responses("update_item")

        assert get_runs_in_queue(replace(other.context, agent_id=agent_id), None, []) == [run_id]
        assert client.calls.count("update_item") > 1


class TestAgentConfigs:
    def test_agent_config_is_stored_changed_and_deleted(self, world):
        context, store = world.context, world.store.agent_configs
        config_id = create_agent_config(context, "one", {"env": {"A": "1"}})
        world.clock.advance(minutes=1)

        assert update_agent_config(context, config_id, {"settings": [1]})
        (config,) = store.get([config_id])
        assert (config.name, config.settings.value) == ("one", [1])
        assert (config.created, config.updated) == (START, world.clock())

        assert update_agent_config(context, config_id, {"name": "two"})
        (config,) = store.get([config_id])
        assert (config.name, config.settings.value) == ("two", [1])

        assert delete_agent_config(context, config_id)
        assert store.get([config_id]) == []

    def test_agent_config_may_have_no_name(self, world):
        config_id = create_agent_config(world.context, None, {})

        (config,) = world.store.agent_configs.get([config_id])
        assert config.name is None
        assert world.store.agent_configs.ids(10) == [config_id]

    def test_unknown_agent_config_is_neither_changed_nor_made(self, world):
        assert not update_agent_config(world.context, UNKNOWN, {"name": "x"})
        assert not delete_agent_config(world.context, UNKNOWN)
        assert world.items() == []

    def test_agent_config_with_too_large_settings_is_refused(self, world):
        with pytest.raises(PayloadTooLarge, match="settings"):
            create_agent_config(world.context, None, incompressible(100_000))

        assert world.items() == []


def test_agents_and_configs_of_another_tenant_are_out_of_reach(world):
    neighbour = world.neighbour()
    agent_id, config_id = register(neighbour), create_agent_config(neighbour.context, "theirs", {})
    before = neighbour.items()

    assert world.store.agents.get([agent_id]) == world.store.agent_configs.get([config_id]) == []
    assert world.store.agents.ids(10) == world.store.agent_configs.ids(10) == []
    assert not delete_agent(world.context, agent_id)
    assert not update_agent_config(world.context, config_id, {"name": "mine"})
    world.store.agents.note_poll(agent_id, START)
    assert register(world) != agent_id

    assert neighbour.items() == before


def test_queue_of_another_tenant_is_out_of_reach(world):
    world.neighbour().new_run()

    assert get_runs_in_queue(world.context, None, []) == []
