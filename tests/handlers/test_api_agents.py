"""The queue and the agents, by the documents that agents send."""

import json
import uuid
from datetime import UTC, datetime

import pytest

from domain.times import format_time
from tests.handlers.service import CAMEL, SNAKE, both_dialects, code
from wiring import DEFAULT_TENANT_ID

ELSEWHERE = "2a9c1c6f-7e0a-4c55-8a43-0d9c7b1f3a10"

# Documents of release 0.8.1: the whole input is a variable, and a library puts blanks anywhere.
OLD_POLL = """
mutation($input: getRunsInQueueInput!) {
    getRunsInQueue(input: $input) {
        flow_run_ids
    }
}
"""
NEW_POLL = OLD_POLL.replace("getRunsInQueueInput", "get_runs_in_queue_input").replace(
    "getRunsInQueue", "get_runs_in_queue"
)
REGISTER = """
mutation($input: register_agent_input!) {
    register_agent(input: $input) {
        id
    }
}
"""
METADATA = """
query {
    flow_run(where: { id: { _in: ["%s", "%s"] }, _or: [
        { state: { _eq: "Scheduled" } },
        { state: { _eq: "Running" }, task_runs: { state_start_time: { _lte: "%s" } } }
    ] }) {
        id version state serialized_state parameters scheduled_start_time run_config name
        task_runs(where: { state_start_time: { _lte: "%s" } }) { id version task_id serialized_state }
        flow { id name environment storage version core_version }
    }
}
"""
AGENTS = """
query {
    agent {
        last_queried
        labels
        name
        id
    }
}
"""


def poll(service, dialect, **given):
    return service.mutate(dialect, "get_runs_in_queue", given, "flow_run_ids")["flow_run_ids"]


def register(service, *, headers=None, **given):
    given = {"type": "LocalAgent", "name": "agent", "labels": ["a"], "agent_config_id": None, **given}
    given.setdefault("tenant_id", DEFAULT_TENANT_ID)
    data = service.data(REGISTER, json.dumps({"input": given}), **(headers or {}))
    return data["register_agent"]["id"]


def metadata(service, run_id):
    """Return the runs of a poll as an agent reads them."""
    now = str(datetime.now(UTC))
    return service.data(METADATA % (run_id, ELSEWHERE, now, now))["flow_run"]


class TestQueue:
    def test_poll_of_release_0_8_returns_runs_that_can_be_read(self, service):
        (tenant,) = service.data("query { tenant { id } }")["tenant"]
        run_id = service.run(labels=["host"])
        given = {
            "tenantId": tenant["id"],
            "before": format_time(datetime.now(UTC)),
            "labels": ["host", "more"],
        }

        data = service.data(OLD_POLL, json.dumps({"input": given}), path="/graphql/alpha")

        assert data == {"getRunsInQueue": {"flow_run_ids": [run_id]}}
        (run,) = metadata(service, run_id)
        assert (run["id"], run["state"], run["version"]) == (run_id, "Scheduled", 1)

    def test_agent_of_release_1_4_registers_and_polls(self, service):
        agent_id = register(service, headers={"x-prefect-core-version": "1.4.1"})
        headers = {"x-prefect-agent-id": agent_id, "x-prefect-core-version": "1.4.1"}
        assert "hello" in service.data("query { hello }", **headers)
        run_id = service.run(labels=["a"])
        given = {"tenant_id": DEFAULT_TENANT_ID, "before": format_time(datetime.now(UTC)), "labels": ["a"]}

        data = service.data(NEW_POLL, json.dumps({"input": given}), path="/", **headers)

        assert data == {"get_runs_in_queue": {"flow_run_ids": [run_id]}}
        (agent,) = service.data(AGENTS)["agent"]
        assert (agent["id"], agent["name"], agent["labels"]) == (agent_id, "agent", ["a"])
        assert agent["last_queried"] is not None

    @both_dialects
    def test_poll_with_an_empty_input_returns_all_due_runs(self, service, dialect):
        run_id = service.run()
        service.run(scheduled_start_time="2100-01-01T00:00:00Z")

        assert poll(service, dialect) == [run_id]
        assert poll(service, dialect, tenant_id=None, before=None, labels=None) == [run_id]
        assert poll(service, dialect, labels=["a"]) == []

    @both_dialects
    def test_due_run_is_returned_by_each_poll_until_it_is_submitted(self, service, dialect):
        run_id = service.run()
        assert poll(service, dialect) == poll(service, dialect) == [run_id]

        states = [{"flow_run_id": run_id, "version": 1, "state": {"type": "Submitted"}}]
        service.mutate(dialect, "set_flow_run_states", {"states": states}, "states { id }")

        assert poll(service, dialect) == []
        error = code(service.refuse(dialect, "set_flow_run_states", {"states": states}))
        assert error == "VERSION_LOCKING_ERROR"

    @both_dialects
    def test_running_run_is_due_when_a_retry_of_its_task_run_is_due(self, service, dialect):
        flow_id = service.flow({"tasks": [{"slug": "t-1", "name": "t"}], "edges": []})
        run_id = service.run(flow_id, labels=["a"])
        service.set_state(run_id, {"type": "Running"})
        (task_run,) = service.read(run_id, "task_runs { id version }")["task_runs"]
        assert poll(service, dialect, labels=["a"]) == metadata(service, run_id) == []

        state = {"type": "Retrying", "start_time": "2026-01-01T00:00:00Z"}
        given = {"task_run_id": task_run["id"], "version": task_run["version"], "state": state}
        service.mutate(dialect, "set_task_run_states", {"states": [given]}, "states { id }")

        assert poll(service, dialect, labels=["a"]) == [run_id]
        assert poll(service, dialect) == []
        (run,) = metadata(service, run_id)
        assert [child["id"] for child in run["task_runs"]] == [task_run["id"]]

    @both_dialects
    def test_run_names_the_agent_that_submitted_it(self, service, dialect):
        agent_id, run_id = register(service, name="mine"), service.run()
        state = {"flow_run_id": run_id, "version": 1, "state": {"type": "Submitted"}}
        service.data(
            dialect.document("set_flow_run_states", "states { id }"),
            {"input": dialect.spelt({"states": [state]})},
            **{"x-prefect-agent-id": agent_id},
        )
        service.set_state(run_id, {"type": "Running"}, 2)

        assert service.read(run_id, "agent_id agent { name }") == {
            "agent_id": agent_id,
            "agent": {"name": "mine"},
        }

    def test_run_has_no_agent_if_its_submitter_is_unknown(self, service):
        run_id = service.run()
        assert service.read(run_id, "agent_id agent { name }") == {"agent_id": None, "agent": None}
        state = {"flow_run_id": run_id, "version": 1, "state": {"type": "Submitted"}}
        document = SNAKE.document("set_flow_run_states", "states { id }")

        service.data(document, {"input": {"states": [state]}}, **{"x-prefect-agent-id": ELSEWHERE})

        assert service.read(run_id, "agent { name }") == {"agent": None}

    @both_dialects
    def test_poll_for_another_tenant_is_forbidden(self, service, dialect):
        error = service.refuse(dialect, "get_runs_in_queue", {"tenant_id": ELSEWHERE})

        assert code(error) == "FORBIDDEN"
        assert ELSEWHERE in error["message"]

    @both_dialects
    @pytest.mark.parametrize(
        "given", [{"before": "soon"}, {"labels": ["", "a"]}, {"labels": "a\nb"}], ids=str
    )
    def test_poll_with_an_unusable_input_names_it(self, service, dialect, given):
        error = service.refuse(dialect, "get_runs_in_queue", given)

        assert code(error) == "BAD_USER_INPUT"

    @pytest.mark.parametrize("header", ["", "no uuid", str(uuid.UUID(int=1))])
    def test_poll_with_an_unknown_or_malformed_agent_id_succeeds(self, service, header):
        run_id = service.run()

        data = service.data(NEW_POLL, {"input": {}}, **{"x-prefect-agent-id": header})

        assert data["get_runs_in_queue"]["flow_run_ids"] == [run_id]
        assert service.data(AGENTS) == {"agent": []}


class TestAgents:
    def test_agent_that_registers_again_keeps_its_id(self, service):
        first = register(service, labels=["b", "a"])

        assert register(service, labels=["a", "b"]) == first
        assert register(service, labels=["a", "b"], headers={"x-prefect-core-version": "1.4.1"}) != first
        agent = service.data(f'{{ agent_by_pk(id: "{first}") {{ labels last_queried type core_version }} }}')
        expected = {"labels": ["a", "b"], "last_queried": None, "type": "LocalAgent", "core_version": None}
        assert agent["agent_by_pk"] == expected

    def test_registration_without_a_tenant_succeeds(self, service):
        given = {"type": "LocalAgent", "name": "agent", "labels": []}

        assert service.data(REGISTER, {"input": given})["register_agent"]["id"]

    def test_registration_for_another_tenant_is_forbidden(self, service):
        error = service.refuse(SNAKE, "register_agent", {"type": "LocalAgent", "tenant_id": ELSEWHERE})

        assert code(error) == "FORBIDDEN"

    @both_dialects
    def test_agents_and_agent_configs_are_created_read_and_deleted(self, service, dialect):
        given = {"name": "shared", "settings": {"env": {"A": "1"}}, "tenant_id": DEFAULT_TENANT_ID}
        config = service.mutate(dialect, "create_agent_config", given, "id agent_config { name settings }")
        assert config["agent_config"] == {"name": "shared", "settings": given["settings"]}
        agent = {"type": "LocalAgent", "agent_config_id": config["id"]}
        agent_id = service.mutate(dialect, "register_agent", agent, "id agent { agent_config { name } }")[
            "id"
        ]

        change = {"agent_config_id": config["id"], "settings": {}}
        assert service.mutate(dialect, "update_agent_config", change, "success error") == {
            "success": True,
            "error": None,
        }
        found = service.data(f'{{ agent_config(where: {{id: {{_eq: "{config["id"]}"}}}}) {{ settings }} }}')
        assert found == {"agent_config": [{"settings": {}}]}
        assert service.data("{ agent { name agent_config { name agents { id } } tenant { id } } }")[
            "agent"
        ] == [
            {
                "name": None,
                "agent_config": {"name": "shared", "agents": [{"id": agent_id}]},
                "tenant": {"id": DEFAULT_TENANT_ID},
            }
        ]

        assert service.mutate(dialect, "delete_agent", {"agent_id": agent_id}, "success")["success"]
        key = {"agent_config_id": config["id"]}
        assert service.mutate(dialect, "delete_agent_config", key, "success")["success"]
        assert service.data("{ agent { id } agent_config { id } }") == {"agent": [], "agent_config": []}

    @both_dialects
    @pytest.mark.parametrize(
        ("mutation", "given"),
        [
            ("delete_agent", {"agent_id": ELSEWHERE}),
            ("delete_agent_config", {"agent_config_id": ELSEWHERE}),
            ("update_agent_config", {"agent_config_id": ELSEWHERE, "name": "x"}),
        ],
    )
    def test_deletion_of_an_unknown_agent_or_agent_config_has_no_success(
        self, service, dialect, mutation, given
    ):
        payload = service.mutate(dialect, mutation, given, "success error")

        assert payload["success"] is False
        assert ELSEWHERE in payload["error"]

    @pytest.mark.parametrize(
        ("mutation", "given", "named"),
        [
            ("register_agent", {"type": " "}, "type"),
            ("register_agent", {"type": "LocalAgent", "labels": [""]}, "label"),
            ("update_agent_config", {"agent_config_id": ELSEWHERE}, "settings"),
            ("create_agent_config", {"settings": "{"}, "settings"),
        ],
    )
    def test_registration_with_an_unusable_input_names_it(self, service, mutation, given, named):
        error = service.refuse(CAMEL, mutation, given)

        assert code(error) == "BAD_USER_INPUT"
        assert named in error["message"]

    def test_registration_with_an_unknown_agent_config_is_not_found(self, service):
        given = {"type": "LocalAgent", "agent_config_id": ELSEWHERE}

        assert code(service.refuse(SNAKE, "register_agent", given)) == "NOT_FOUND"
