"""Logs and artifacts of releases 0.8.1 and 1.4.1 of Prefect Core, with `variables` as JSON text."""

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


class TestEarlyRelease:
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
    def test_logs_of_a_run_are_read(self, service):
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
    def test_logs_of_a_run_are_read_with_their_info(self, service):
        (found,) = old(service, self.GET % "timestamp\n            info")["flow_run"]

        assert [log["info"] for log in found["logs"]] == [RECORD] * 3

    @pytest.mark.usefixtures("written")
    def test_logs_of_a_task_run_are_read(self, service, run_id):
        document = (
            f'query {{ task_run(where: {{ id: {{ _eq: "{member_id(run_id, 1)}" }} }}) '
            "{ logs { message } logs_aggregate { aggregate { count } } } }"
        )

        (found,) = old(service, document)["task_run"]

        assert found["logs"] == [{"message": "Traceback\n  line"}]
        assert found["logs_aggregate"] == {"aggregate": {"count": 1}}

    def test_single_log_is_written_by_the_deprecated_mutation(self, service, run_id):
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


class TestLateRelease:
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
        return [log["message"] for log in new(service, document)["flow_run"][0]["logs"]]

    def test_watching_client_reads_new_logs_alone(self, service, run_id):
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

    def test_log_of_an_agent_has_neither_time_nor_task_run(self, service, run_id):
        entry = {
            "flow_run_id": run_id,
            "name": "agent",
            "message": "Submitted for execution: PID: 7",
            "level": "INFO",
        }
        self.write(service, [entry])

        assert self.watched(service, run_id) == ["Submitted for execution: PID: 7"]

    def test_single_object_counts_as_a_list_of_one_log(self, service, run_id):
        entry = {
            "flow_run_id": run_id,
            "name": "execute flow-run",
            "message": "Failed to load",
            "level": "ERROR",
        }
        self.write(service, entry)

        assert self.watched(service, run_id) == ["Failed to load"]

    def test_log_leads_to_the_task_of_its_task_run(self, service, run_id):
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


def kept(service, run_id, columns="message"):
    where = f'{{flow_run_id: {{_eq: "{run_id}"}}}}'
    return service.data(f"{{ log(where: {where}) {{ {columns} }} }}")["log"]


class TestUnusableEntries:
    """Unusable entries, which must not fail their batch, because clients repeat a failed batch for ever."""

    def write(self, service, dialect, logs):
        def spelt(log):
            return {dialect.spell(name): log[name] for name in log} if isinstance(log, dict) else log

        given = {"logs": [spelt(entry) for entry in logs]}
        document = dialect.document("write_run_logs", "success error")
        return service.data(document, {"input": given})[dialect.spell("write_run_logs")]

    @both_dialects
    @pytest.mark.parametrize(
        "odd",
        [
            *({"flow_run_id": UNKNOWN, "message": "x"}, {"flow_run_id": "no id", "message": "x"}),
            *({"message": "x"}, {"flow_run_id": None}, {"flow_run_id": 5}, {}, "text", 5, [], True),
        ],
        ids=repr,
    )
    def test_entry_of_no_run_is_left_out_and_reported(self, service, run_id, dialect, odd):
        good = [{"flow_run_id": run_id, "message": text} for text in ("a", "b")]

        payload = self.write(service, dialect, [good[0], odd, good[1]])

        assert payload["success"] is True
        assert payload["error"].startswith("1 of 3 entries were left out. logs[1]: there is no flow run ")
        assert kept(service, run_id) == [{"message": "a"}, {"message": "b"}]

    @both_dialects
    @pytest.mark.parametrize(
        ("odd", "columns"),
        [
            ({"timestamp": "yesterday", "message": "m"}, {"message": "m"}),
            ({"timestamp": 1769846400, "message": "m"}, {"message": "m"}),
            ({"timestamp": {}, "message": "m"}, {"message": "m"}),
            ({"message": None, "name": None, "level": None}, {"message": "", "name": None, "level": "INFO"}),
            ({"message": 5, "name": 1.5}, {"message": "5", "name": "1.5"}),
            ({"message": {"a": "é"}, "name": [1]}, {"message": '{"a": "é"}', "name": "[1]"}),
            ({"message": "m", "task_run_id": "no id"}, {"message": "m", "task_run_id": None}),
            ({"message": "m", "process": 7}, {"message": "m"}),
            ({"message": "x" * 1_000_001}, {"level": "INFO"}),
            ({"info": "no JSON"}, {"info": "no JSON"}),
            ({"info": '{"a": NaN}'}, {"info": {"a": "NaN"}}),
        ],
        ids=lambda value: repr(value)[:40],
    )
    def test_unusable_parts_of_an_entry_are_mended_or_left_out(self, service, run_id, dialect, odd, columns):
        logs = [{"flow_run_id": run_id, **odd}, {"flow_run_id": run_id, "message": "fine"}]

        assert self.write(service, dialect, logs) == {"success": True, "error": None}

        found = kept(service, run_id, f"message {' '.join(columns)}")
        odd_one, fine = sorted(found, key=lambda log: log["message"] == "fine")
        assert fine["message"] == "fine"
        assert odd_one == odd_one | columns

    @both_dialects
    @pytest.mark.parametrize(
        ("level", "taken"),
        [
            *(
                ("SUCCESS", "INFO"),
                ("", "INFO"),
                ("é\udcff", "INFO"),
                (25, "INFO"),
                (-1, "INFO"),
                (True, "INFO"),
            ),
            *(
                (True, "INFO"),
                ([], "INFO"),
                ({}, "INFO"),
                (2.5, "INFO"),
                ("error", "ERROR"),
                (" Warning", "WARNING"),
            ),
            *(("WARN", "WARNING"), ("fatal", "CRITICAL"), (40, "ERROR"), ("NOTSET", "INFO")),
        ],
    )
    def test_unknown_level_becomes_info(self, service, run_id, dialect, level, taken):
        self.write(service, dialect, [{"flow_run_id": run_id, "level": level}])

        assert kept(service, run_id, "level") == [{"level": taken}]

    @pytest.mark.parametrize(
        ("literal", "taken"),
        [
            ("SUCCESS", "INFO"),
            ('"error"', "ERROR"),
            ("25", "INFO"),
            ("error", "ERROR"),
            ("WARNING", "WARNING"),
        ],
    )
    def test_level_may_be_any_literal(self, service, run_id, literal, taken):
        new(
            service,
            f'mutation {{ write_run_logs(input: {{logs: [{{flow_run_id: "{run_id}", level: {literal}}}]}}) '
            "{ success } }",
        )

        assert kept(service, run_id, "level") == [{"level": taken}]

    def test_level_may_be_a_variable_of_its_type(self, service, run_id):
        document = (
            "mutation($run: UUID!, $level: log_level, $t: DateTime) "
            "{ write_run_log(input: {flow_run_id: $run, level: $level, timestamp: $t}) { success } }"
        )

        new(service, document, {"run": run_id, "level": "TRACE"})
        new(service, document, {"run": run_id, "level": "ERROR", "t": "2026-01-31T08:00:00Z"})

        assert {log["level"] for log in kept(service, run_id, "level")} == {"INFO", "ERROR"}

    def test_entries_may_be_variables(self, service, run_id):
        document = (
            "mutation($logs: [write_run_logs_input_logs!]!) "
            "{ write_run_logs(input: {logs: $logs}) { success } }"
        )
        logs = [{"flow_run_id": run_id, "message": "a", "timestamp": "soon"}, 5]

        assert new(service, document, {"logs": logs}) == {"write_run_logs": {"success": True}}
        assert kept(service, run_id) == [{"message": "a"}]

    def test_single_entry_of_no_run_is_refused(self, service):
        error = service.refuse(SNAKE, "write_run_log", {"flow_run_id": UNKNOWN, "message": "x"}, "success")

        assert code(error) == "NOT_FOUND"


class TestArtifacts:
    CREATE = (
        "mutation($input: create_task_run_artifact_input!) {\n"
        "    create_task_run_artifact(input: $input) {\n        id\n    }\n}"
    )

    def create(self, service, task_run_id):
        given = {"task_run_id": task_run_id, "kind": "link", "data": {"link": "a"}, "tenant_id": None}
        return new(service, self.CREATE, {"input": given})["create_task_run_artifact"]["id"]

    @both_dialects
    def test_link_artifact_is_created_changed_and_deleted(self, service, run_id, dialect):
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

    def test_artifacts_of_a_task_run_come_in_order_of_creation(self, service, run_id):
        made = [self.create(service, member_id(run_id, 1)) for _ in range(3)]

        where = f'{{task_run_id: {{_eq: "{member_id(run_id, 1)}"}}}}'
        found = service.data(f"{{ task_run_artifact(where: {where}, order_by: {{created: asc}}) {{ id }} }}")

        assert [artifact["id"] for artifact in found["task_run_artifact"]] == made

    def test_artifact_of_an_unknown_task_run_is_not_found(self, service):
        given = {"task_run_id": member_id(UNKNOWN, 1), "kind": "link", "data": {}}
        error = service.refuse(SNAKE, "create_task_run_artifact", given, "id")

        assert code(error) == "NOT_FOUND"
        assert "not found" in error["message"]

    def test_artifact_with_null_or_invalid_json_is_refused(self, service, run_id):
        given = {"task_run_id": member_id(run_id, 1), "kind": "link", "data": "{"}
        assert code(service.refuse(CAMEL, "create_task_run_artifact", given, "id")) == "BAD_USER_INPUT"


PORTION = """query($where: log_bool_exp!, $newest: Boolean, $limit: Int, $after: String) {
    log_portion(where: $where, newest_first: $newest, limit: $limit, after: $after) {
        rows { id message task_run { name } } next is_end looked_at
    }
}"""


def test_log_is_followed_portion_by_portion(service, run_id):
    lines = [
        {
            "flow_run_id": run_id,
            "timestamp": f"2026-01-01T00:00:0{number}Z",
            "message": f"line {number}",
            "level": "ERROR" if number % 2 else "INFO",
        }
        for number in range(6)
    ]
    service.mutate(SNAKE, "write_run_logs", {"logs": lines}, "success")
    given = {"where": {"flow_run_id": {"_eq": run_id}, "level": {"_eq": "ERROR"}}, "limit": 2}

    first = service.data(PORTION, given | {"newest": True})["log_portion"]
    second = service.data(PORTION, given | {"newest": True, "after": first["next"]})["log_portion"]

    assert [row["message"] for row in first["rows"]] == ["line 5", "line 3"]
    assert (first["is_end"], first["looked_at"]) == (False, 3)
    assert [row["message"] for row in second["rows"]] == ["line 1"]
    assert second["is_end"]
    assert first["rows"][0]["task_run"] is None
    error = service.error(PORTION, given | {"after": "elsewhere"})
    assert (code(error), error["extensions"]["field"]) == ("BAD_USER_INPUT", "after")


def test_portion_finds_the_lines_of_a_task_run_by_what_belongs_to_it(service, run_id):
    task_run_id = member_id(run_id, 1)
    logs = [
        {"flow_run_id": run_id, "task_run_id": task_run_id, "message": "of the task"},
        {"flow_run_id": run_id, "message": "of the flow"},
    ]
    service.mutate(SNAKE, "write_run_logs", {"logs": logs}, "success")

    for where in (
        {"task_run_id": {"_eq": task_run_id}},
        {"flow_run_id": {"_eq": run_id}, "task_run": {"map_index": {"_eq": -1}}},
        {"flow_run_id": {"_eq": run_id}, "task_run": {"states": {"version": {"_eq": 1}}}},
    ):
        found = service.data(PORTION, {"where": where})["log_portion"]
        assert [row["message"] for row in found["rows"]] == ["of the task"], where
