"""What releases 0.8.1 and 1.4.1 of Prefect Core send of logs and artifacts, with `variables` as text."""

import json

import pytest

from domain.ids import member_id
from tests.handlers.service import CAMEL, SNAKE, both_dialects, code

TASKS = {"tasks": [{"slug": "add-1", "name": "add"}]}
UNKNOWN = "018f0000-0000-7000-8000-000000000000"
RECORD = {
    "msg": "Flow run SUCCESS: all reference tasks succeeded",
    "args": [],
    "levelno": 20,
    "pathname": "/site-packages/prefect/engine/flow_runner.py",
    "filename": "flow_runner.py",
    "module": "flow_runner",
    "exc_info": None,
    "exc_text": None,
    "stack_info": None,
    "lineno": 581,
    "funcName": "determine_final_state",
    "msecs": 512.25,
    "processName": "MainProcess",
}


@pytest.fixture
def run_id(service):
    return service.run(service.flow(TASKS), flow_run_name="nightly")


def old(service, document, variables=None):
    return service.data(document, json.dumps(variables), path="/graphql/alpha")


def new(service, document, variables=None):
    return service.data(document, json.dumps(variables), path="/")


class TestOld:
    WRITE = (
        "mutation($input: writeRunLogsInput!) {\n    writeRunLogs(input: $input) {\n        success\n    }\n}"
    )
    GET = (
        'query {\n    flow_run(where: { name: { _eq: "nightly" } }, order_by: { start_time: desc }) {\n'
        "        logs(order_by: { timestamp: asc }) {\n            %s\n        }\n"
        "        start_time\n    }\n}"
    )

    @pytest.fixture
    def written(self, service, run_id):
        logs = [
            {
                "flowRunId": run_id,
                "taskRunId": task_run_id,
                "timestamp": f"2026-01-31T08:00:0{number}.512250+00:00",
                "name": "prefect.CloudFlowRunner",
                "message": message,
                "level": level,
                "info": RECORD,
            }
            for number, (task_run_id, level, message) in enumerate(
                [
                    (None, "INFO", "Beginning"),
                    (member_id(run_id, 1), "ERROR", "Traceback\n  line"),
                    (None, "DEBUG", ""),
                ]
            )
        ]
        assert old(service, self.WRITE, {"input": {"logs": logs}}) == {"writeRunLogs": {"success": True}}

    @pytest.mark.usefixtures("written")
    def test_get_logs(self, service):
        (found,) = old(service, self.GET % "timestamp\n            message\n            level")["flow_run"]

        assert found["start_time"] is None
        assert found["logs"] == [
            {"timestamp": "2026-01-31T08:00:00.51225+00:00", "message": "Beginning", "level": "INFO"},
            {
                "timestamp": "2026-01-31T08:00:01.51225+00:00",
                "message": "Traceback\n  line",
                "level": "ERROR",
            },
            {"timestamp": "2026-01-31T08:00:02.51225+00:00", "message": "", "level": "DEBUG"},
        ]

    @pytest.mark.usefixtures("written")
    def test_get_logs_with_info(self, service):
        (found,) = old(service, self.GET % "timestamp\n            info")["flow_run"]

        assert [each["info"] for each in found["logs"]] == [RECORD] * 3

    @pytest.mark.usefixtures("written")
    def test_the_logs_of_a_task_run(self, service, run_id):
        document = (
            f'query {{ task_run(where: {{ id: {{ _eq: "{member_id(run_id, 1)}" }} }}) '
            "{ logs { message } logs_aggregate { aggregate { count } } } }"
        )

        (found,) = old(service, document)["task_run"]

        assert found["logs"] == [{"message": "Traceback\n  line"}]
        assert found["logs_aggregate"] == {"aggregate": {"count": 1}}

    def test_the_deprecated_single_form(self, service, run_id):
        document = self.WRITE.replace("Logs", "Log")
        given = {
            "flowRunId": run_id,
            "taskRunId": None,
            "timestamp": "2026-01-31T08:00:00+00:00",
            "name": None,
            "message": None,
            "level": None,
            "info": None,
        }

        assert old(service, document, {"input": given}) == {"writeRunLog": {"success": True}}
        (found,) = old(service, self.GET % "message\n            level")["flow_run"]
        assert found["logs"] == [{"message": "", "level": "INFO"}]


class TestNew:
    WRITE = (
        "mutation($input: write_run_logs_input!) {\n"
        "    write_run_logs(input: $input) {\n        success\n    }\n}"
    )

    def write(self, service, logs):
        assert new(service, self.WRITE, {"input": {"logs": logs}}) == {"write_run_logs": {"success": True}}

    def watched(self, service, run_id, and_then="{  }"):
        document = (
            f'query {{\n    flow_run(where: {{ id: {{ _eq: "{run_id}" }} }}) {{\n        '
            'logs(where: { _and: [{ timestamp: { _lte: "2100-01-31T08:00:00+00:00" } }, '
            f"{and_then}] }}, order_by: {{ timestamp: asc }}) {{\n            timestamp\n"
            "            message\n            level\n        }\n    }\n}"
        )
        return [each["message"] for each in new(service, document)["flow_run"][0]["logs"]]

    def test_a_watching_client_gets_what_is_new_alone(self, service, run_id):
        self.write(
            service,
            [
                {"flow_run_id": run_id, "timestamp": f"2026-01-31T08:00:0{n}+00:00", "message": str(n)}
                for n in (2, 0, 1)
            ],
        )

        assert self.watched(service, run_id) == ["0", "1", "2"]
        after = '{ timestamp: { _gt: "2026-01-31T08:00:01+00:00" } }'
        assert self.watched(service, run_id, after) == ["2"]

    def test_an_agent_gives_neither_time_nor_task_run(self, service, run_id):
        entry = {
            "flow_run_id": run_id,
            "name": "agent",
            "message": "Submitted for execution: PID: 7",
            "level": "INFO",
        }
        self.write(service, [entry])

        assert self.watched(service, run_id) == ["Submitted for execution: PID: 7"]

    def test_a_single_object_in_the_variables_is_taken_for_a_list_of_one(self, service, run_id):
        entry = {
            "flow_run_id": run_id,
            "name": "execute flow-run",
            "message": "Failed to load",
            "level": "ERROR",
        }
        self.write(service, entry)

        assert self.watched(service, run_id) == ["Failed to load"]

    def test_a_log_tells_the_task_of_the_task_run_that_said_it(self, service, run_id):
        self.write(
            service,
            [
                {"flow_run_id": run_id, "message": "flow"},
                {"flow_run_id": run_id, "task_run_id": member_id(run_id, 1), "message": "task"},
            ],
        )

        found = new(
            service,
            f'{{ log(where: {{flow_run_id: {{_eq: "{run_id}"}}}}, order_by: {{message: asc}}) '
            "{ task_run_id task_run { map_index task { name } } } }",
        )["log"]
        assert found == [
            {"task_run_id": None, "task_run": None},
            {"task_run_id": member_id(run_id, 1), "task_run": {"map_index": -1, "task": {"name": "add"}}},
        ]


@both_dialects
@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"flow_run_id": UNKNOWN, "message": "x"}, "NOT_FOUND"),
        ({"message": "x" * 1_000_001}, "PAYLOAD_TOO_LARGE"),
    ],
    ids=["unknown run", "long message"],
)
def test_a_batch_with_one_entry_that_cannot_be_used_keeps_none(service, run_id, dialect, entry, expected):
    logs = [{"flow_run_id": run_id, "message": "fine"}, {"flow_run_id": run_id, **entry}]
    given = {"logs": [{dialect.spell(name): each[name] for name in each} for each in logs]}

    error = service.refuse(dialect, "write_run_logs", given, "success")

    assert code(error) == expected
    assert "logs[1]" in error["message"]
    found = service.data(f'{{ log(where: {{flow_run_id: {{_eq: "{run_id}"}}}}) {{ id }} }}')
    assert found == {"log": []}


class TestArtifacts:
    CREATE = (
        "mutation($input: create_task_run_artifact_input!) {\n"
        "    create_task_run_artifact(input: $input) {\n        id\n    }\n}"
    )

    def create(self, service, task_run_id):
        given = {"task_run_id": task_run_id, "kind": "link", "data": {"link": "a"}, "tenant_id": None}
        return new(service, self.CREATE, {"input": given})["create_task_run_artifact"]["id"]

    @both_dialects
    def test_a_link_is_created_changed_and_deleted(self, service, run_id, dialect):
        task_run_id = member_id(run_id, 1)
        artifact_id = self.create(service, task_run_id)
        given = {"task_run_artifact_id": artifact_id}

        changed = service.mutate(
            dialect, "update_task_run_artifact", {**given, "data": {"link": "b"}}, "success error"
        )

        assert changed == {"success": True, "error": None}
        document = (
            f'{{ task_run_artifact_by_pk(id: "{artifact_id}") {{ kind data task_run {{ id map_index }} }} }}'
        )
        assert service.data(document)["task_run_artifact_by_pk"] == {
            "kind": "link",
            "data": {"link": "b"},
            "task_run": {"id": task_run_id, "map_index": -1},
        }
        assert service.mutate(dialect, "delete_task_run_artifact", given, "success") == {"success": True}
        assert service.data(document) == {"task_run_artifact_by_pk": None}
        gone = service.mutate(dialect, "delete_task_run_artifact", given, "success error")
        assert gone == {"success": False, "error": f"There is no task_run_artifact {artifact_id}."}

    def test_the_artifacts_of_a_task_run_in_the_order_of_their_creation(self, service, run_id):
        made = [self.create(service, member_id(run_id, 1)) for _ in range(3)]

        where = f'{{task_run_id: {{_eq: "{member_id(run_id, 1)}"}}}}'
        found = service.data(f"{{ task_run_artifact(where: {where}, order_by: {{created: asc}}) {{ id }} }}")

        assert [each["id"] for each in found["task_run_artifact"]] == made

    def test_an_unknown_task_run_is_not_found(self, service):
        given = {"task_run_id": member_id(UNKNOWN, 1), "kind": "link", "data": {}}
        error = service.refuse(SNAKE, "create_task_run_artifact", given, "id")

        assert code(error) == "NOT_FOUND"
        assert "not found" in error["message"]

    def test_data_that_is_null_or_no_json_is_refused(self, service, run_id):
        given = {"task_run_id": member_id(run_id, 1), "kind": "link", "data": "{"}
        assert code(service.refuse(CAMEL, "create_task_run_artifact", given, "id")) == "BAD_USER_INPUT"
