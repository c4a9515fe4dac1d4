"""Concurrency limits, by the documents that clients send."""

import json

import pytest

from tests.handlers.service import CAMEL, SNAKE, both_dialects, code

# Documents of the clients of releases 0.8.1 and 1.4.1.
UPDATE = {
    CAMEL: "mutation($input: updateTaskTagLimitInput!) {\n updateTaskTagLimit(input: $input) {\n id\n }\n}",
    SNAKE: "mutation($input: update_task_tag_limit_input!) { update_task_tag_limit(input: $input) { id } }",
}
READ = 'query {\n task_tag_limit(where: { tag: { _eq: "%s" } }) {\n limit\n }\n}'
FLOW_LIMITS = "query { flow_concurrency_limit { id name limit } }"
UNKNOWN = "2a9c1c6f-7e0a-4c55-8a43-0d9c7b1f3a10"
SET = "states { id status message }"
RUNNING = {"type": "Running", "message": "Starting task run.", "context": {"tags": ["db"]}, "_result": None}
WAITS = "Waits for a free slot: concurrency limit of %s '%s'."


@pytest.fixture
def running(service):
    """Start a flow run of two tasks. Return the ids of its task runs."""
    flow_id = service.flow({"tasks": [{"slug": f"task-{number}"} for number in (1, 2)]})
    run_id = service.run(flow_id)
    service.set_state(run_id, {"type": "Running"})
    return [task_run["id"] for task_run in service.read(run_id, "task_runs { id }")["task_runs"]]


def update(service, dialect, tag, limit):
    data = service.data(UPDATE[dialect], json.dumps({"input": {"tag": tag, "limit": limit}}))
    return data[dialect.spell("update_task_tag_limit")]["id"]


def limit_of(service, tag):
    """Return the limit of a tag as `Client.get_task_tag_limit` reads it."""
    found = service.data(READ % tag)["task_tag_limit"]
    return found[0]["limit"] if found else None


def set_task(service, dialect, task_run_id, state, version):
    given = {"states": [{"state": state, "task_run_id": task_run_id, "version": version}]}
    (payload,) = service.mutate(dialect, "set_task_run_states", given, SET)["states"]
    return payload


@both_dialects
class TestTagLimits:
    def test_limit_is_set_read_and_deleted(self, service, dialect):
        identifier = update(service, dialect, "db", 3)
        assert update(service, dialect, "db", 0) == identifier
        assert limit_of(service, "db") == 0

        given = {"limit_id": identifier}
        assert service.mutate(dialect, "delete_task_tag_limit", given, "success") == {"success": True}
        assert limit_of(service, "db") is None
        payload = service.mutate(dialect, "delete_task_tag_limit", given, "success error")
        assert payload == {"success": False, "error": f"There is no task_tag_limit {identifier}."}

    def test_task_run_is_queued_until_a_slot_is_free(self, service, dialect, running):
        # Given
        first, second = running
        update(service, dialect, "db", 1)
        given = {"id": first, "status": "SUCCESS", "message": None}
        assert set_task(service, dialect, first, RUNNING, 1) == given

        # When
        payload = set_task(service, dialect, second, RUNNING, 1)

        # Then
        assert payload == {"id": second, "status": "QUEUED", "message": WAITS % ("tag", "db")}
        info = f'query {{ get_task_run_info(task_run_id: "{second}") {{ version serialized_state }} }}'
        kept = service.data(info)["get_task_run_info"]
        assert kept["version"] == 2
        assert kept["serialized_state"]["state"] == {"type": "Pending", "message": "Task run created"}
        set_task(service, dialect, first, {"type": "Success"}, 2)
        assert set_task(service, dialect, second, RUNNING, 2)["status"] == "SUCCESS"
        assert service.data("{ task_tag_limit { tag limit used } }")["task_tag_limit"] == [
            {"tag": "db", "limit": 1, "used": 1}
        ]

    @pytest.mark.parametrize(
        ("tag", "limit", "says"), [("", 1, "tag must not be empty"), ("a", -1, "limit must be")]
    )
    def test_unusable_limit_is_refused(self, service, dialect, tag, limit, says):
        error = service.refuse(dialect, "update_task_tag_limit", {"tag": tag, "limit": limit})

        assert code(error) == "BAD_USER_INPUT"
        assert says in error["message"]


@both_dialects
class TestFlowRunLimits:
    def test_flow_run_is_queued_until_a_slot_is_free(self, service, dialect):
        # Given
        identifier = service.mutate(
            dialect, "update_flow_concurrency_limit", {"name": "gpu", "limit": 1}, "id"
        )["id"]
        assert service.data(FLOW_LIMITS)["flow_concurrency_limit"] == [
            {"id": identifier, "name": "gpu", "limit": 1}
        ]
        first, second = (service.run(labels=["gpu"]) for _ in range(2))

        def run(run_id, version):
            state = {"type": "Running", "message": "Running flow."}
            given = {"states": [{"state": state, "flow_run_id": run_id, "version": version}]}
            return service.mutate(dialect, "set_flow_run_states", given, SET)["states"]

        assert run(first, 1) == [{"id": first, "status": "SUCCESS", "message": None}]

        # When / Then
        assert run(second, 1) == [{"id": second, "status": "QUEUED", "message": WAITS % ("label", "gpu")}]
        kept = service.read(second, "state version serialized_state")
        assert (kept["state"], kept["version"]) == ("Queued", 2)
        assert kept["serialized_state"]["state"]["type"] == "Scheduled"
        service.set_state(first, {"type": "Success"})
        assert run(second, 2)[0]["status"] == "SUCCESS"

    def test_limit_is_deleted_by_its_id(self, service, dialect):
        made = service.mutate(dialect, "update_flow_concurrency_limit", {"name": "gpu", "limit": 0}, "id")[
            "id"
        ]
        given = {"limit_id": made}

        assert service.mutate(dialect, "delete_flow_concurrency_limit", given, "success") == {"success": True}
        assert service.data(FLOW_LIMITS)["flow_concurrency_limit"] == []
        assert service.mutate(dialect, "delete_flow_concurrency_limit", {"limit_id": UNKNOWN}, "success") == {
            "success": False
        }

    def test_state_queued_that_a_client_sets_has_status_success(self, service, dialect):
        given = {"states": [{"state": {"type": "Queued"}, "flow_run_id": service.run(), "version": 1}]}

        (payload,) = service.mutate(dialect, "set_flow_run_states", given, SET)["states"]

        assert (payload["status"], payload["message"]) == ("SUCCESS", None)


def test_limits_are_read_by_id_by_name_and_in_lists(service):
    ids = {name: update(service, SNAKE, name, number) for number, name in enumerate("abc")}

    query = "query { task_tag_limit(where: %s, order_by: {tag: asc}) { id tag tenant { name } } }"
    for where, names in [("{}", "abc"), ('{tag: {_in: ["c", "a", "x"]}}', "ac"), ("{limit: {_gt: 0}}", "bc")]:
        found = service.data(query % where)["task_tag_limit"]
        assert [(limit["id"], limit["tag"]) for limit in found] == [(ids[name], name) for name in names]
    by_pk = f'query {{ task_tag_limit_by_pk(id: "{ids["b"]}") {{ tag limit created }} }}'
    assert service.data(by_pk)["task_tag_limit_by_pk"]["limit"] == 1


def test_release_without_queued_gets_an_error_and_its_run_restarts(service):
    """Release 0.8.1 ignores the status of flow runs, so it would continue without a slot."""
    service.mutate(SNAKE, "update_flow_concurrency_limit", {"name": "gpu", "limit": 0}, "id")
    run_id = service.run(labels=["gpu"])
    given = {"states": [{"state": {"type": "Running"}, "flowRunId": run_id, "version": 1}]}
    document = CAMEL.document("set_flow_run_states", "states { id }")

    result = service.send(document, {"input": given}, **{"x-prefect-core-version": "0.8.1"})

    assert "State update failed" in result["errors"][0]["message"]
    assert service.read(run_id, "state version") == {"state": "Scheduled", "version": 2}
