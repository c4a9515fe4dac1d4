from datetime import UTC, datetime, timedelta

import pytest

from domain.ids import created_from_id
from domain.random_names import made_up_name
from tests.handlers.service import CAMEL, SNAKE, both_dialects, code

ELSEWHERE = "2a9c1c6f-7e0a-4c55-8a43-0d9c7b1f3a10"
EVERYTHING = """
    id name flow_id tenant_id version labels parameters context run_config idempotency_key auto_scheduled
    state serialized_state state_message state_timestamp state_start_time scheduled_start_time created updated
    start_time end_time duration heartbeat times_resurrected agent_id states { version state }
"""


@both_dialects
def test_run_is_created_from_a_flow_id_alone(service, dialect):
    flow_id = service.flow({"run_config": {"type": "LocalRun", "labels": ["b", "a"]}})
    before = datetime.now(UTC)

    payload = service.mutate(
        dialect,
        "create_flow_run",
        {"flow_id": flow_id},
        f"id flow_run {{ {EVERYTHING} flow {{ id project {{ id }} }} }}",
    )

    run = payload["flow_run"]
    created = datetime.fromisoformat(run["created"])
    assert payload["id"] == run["id"]
    assert before <= created == created_from_id(run["id"]) <= datetime.now(UTC)
    assert run["created"] == run["updated"] == run["scheduled_start_time"] == run["state_start_time"]
    assert (run["flow_id"], run["version"], run["state"]) == (flow_id, 1, "Scheduled")
    assert (run["labels"], run["run_config"]) == (["a", "b"], {"type": "LocalRun", "labels": ["b", "a"]})
    assert (run["parameters"], run["context"], run["idempotency_key"]) == ({}, {}, None)
    assert run["states"] == [{"version": 1, "state": "Scheduled"}]
    assert run["serialized_state"]["message"] == run["state_message"] == "Flow run scheduled."
    assert run["flow"]["id"] == flow_id
    assert [run[name] for name in ("start_time", "end_time", "duration", "heartbeat", "agent_id")] == [
        None
    ] * 5
    assert (run["auto_scheduled"], run["times_resurrected"]) == (False, 0)
    assert run["name"] == made_up_name(run["id"])


@both_dialects
def test_run_keeps_all_inputs_of_its_creation(service, dialect):
    flow_id = service.flow({"parameters": [{"name": "x", "default": 1}, {"name": "y", "required": True}]})
    given = {
        "flow_id": flow_id,
        "parameters": {"y": {"deep": [1, None, "👋"]}, "more": 1.5},
        "context": {"k": "v"},
        "labels": ["z", "a", "z"],
        "run_config": {"type": "KubernetesRun", "labels": ["not used"]},
        "flow_run_name": "nightly 👋",
        "scheduled_start_time": "2030-01-01T00:00:00-05:00",
        "idempotency_key": "key 1",
    }

    run = service.mutate(dialect, "create_flow_run", given, f"flow_run {{ {EVERYTHING} }}")["flow_run"]

    assert run["parameters"] == {"x": 1, "y": {"deep": [1, None, "👋"]}, "more": 1.5}
    assert run["labels"] == ["a", "z"]
    assert run["scheduled_start_time"] == run["state_start_time"] == "2030-01-01T05:00:00+00:00"
    kept = ("context", "run_config", "idempotency_key")
    assert [run[name] for name in kept] == [given[name] for name in kept]
    assert run["name"] == "nightly 👋"


@both_dialects
def test_null_inputs_count_as_absent(service, dialect):
    names = ("version_group_id", "parameters", "context", "labels", "run_config", "flow_run_name")
    given = {
        "flow_id": service.flow(),
        **dict.fromkeys((*names, "scheduled_start_time", "idempotency_key")),
    }

    assert service.mutate(dialect, "create_flow_run", given, "flow_run { version }") == {
        "flow_run": {"version": 1}
    }


@both_dialects
def test_runs_with_equal_start_and_parameters_are_all_created(service, dialect):
    given = {"flow_id": service.flow(), "parameters": {"a": 1}, "scheduled_start_time": "2030-01-01 00:00:00"}

    ids = {service.mutate(dialect, "create_flow_run", given, "id")["id"] for _ in range(5)}

    assert len(ids) == 5


@pytest.mark.parametrize(
    "text", ["2020-01-01T00:00:00Z", "2020-01-01 00:00:00", "2020-01-01T01:00:00+01:00", "2020-01-01"]
)
def test_start_time_in_the_past_is_accepted(service, text):
    run = service.read(service.run(scheduled_start_time=text), "scheduled_start_time state state_start_time")

    assert run["scheduled_start_time"] == run["state_start_time"] == "2020-01-01T00:00:00+00:00"
    assert run["state"] == "Scheduled"


class TestParameterForms:
    """The forms of parameters: clients send variables, Prefect's pages print escaped text and literals."""

    def parameters(self, service, literal, variables=None, declared=""):
        given = f'{{flow_id: "{service.flow()}", parameters: {literal}}}'
        document = f"mutation{declared} {{ create_flow_run(input: {given}) {{ flow_run {{ parameters }} }} }}"
        data = service.data(document, variables)
        return data["create_flow_run"]["flow_run"]["parameters"]

    def test_parameters_as_escaped_text(self, service):
        assert self.parameters(service, r'"{\"a\": 2, \"b\": [null, \"👋\"]}"') == {"a": 2, "b": [None, "👋"]}

    def test_parameters_as_a_literal_object(self, service):
        assert self.parameters(service, '{a: 2, b: [null, {c: "d"}], e: 1.5}') == {
            "a": 2,
            "b": [None, {"c": "d"}],
            "e": 1.5,
        }

    def test_parameters_as_a_literal_object_with_variables(self, service):
        found = self.parameters(
            service, "{a: $a, b: [$b]}", {"a": 2, "b": {"c": None}}, "($a: Int!, $b: JSON)"
        )
        assert found == {"a": 2, "b": [{"c": None}]}

    def test_parameters_as_a_variable(self, service):
        assert self.parameters(service, "$p", {"p": {"a": 2}}, "($p: JSON)") == {"a": 2}
        assert self.parameters(service, "$p", {"p": '{"a": 2}'}, "($p: jsonb)") == {"a": 2}

    @pytest.mark.parametrize("literal", ["null", '"null"', "{}", '"{}"'])
    def test_parameters_absent_or_null(self, service, literal):
        assert self.parameters(service, literal) == {}


class TestVersionGroups:
    def test_version_group_runs_its_newest_version(self, service):
        project_id = service.project()
        service.flow(project_id=project_id, version_group_id="a group")
        newest = service.flow(project_id=project_id, version_group_id="a group")

        for dialect in (SNAKE, CAMEL):
            given = {"version_group_id": "a group"}
            run = service.mutate(dialect, "create_flow_run", given, "flow_run { flow_id }")
            assert run["flow_run"]["flow_id"] == newest

    @both_dialects
    @pytest.mark.parametrize("group", ["no such group", "", "x" * 5000])
    def test_unknown_version_group_is_not_found(self, service, dialect, group):
        error = service.refuse(dialect, "create_flow_run", {"version_group_id": group})

        assert code(error) == "NOT_FOUND"
        assert len(error["message"]) < 300

    def test_version_group_with_archived_flows_only_is_not_found(self, service):
        flow_id = service.flow(version_group_id="archived group")
        service.mutate(SNAKE, "archive_flow", {"flow_id": flow_id}, "id")

        error = service.refuse(SNAKE, "create_flow_run", {"version_group_id": "archived group"})

        assert code(error) == "NOT_FOUND"
        assert "archived group" in error["message"]


class TestRefusals:
    """Refused creations: a stable code, a message that names the input, and nothing written."""

    @both_dialects
    def test_unknown_flow_is_not_found(self, service, dialect):
        error = service.refuse(dialect, "create_flow_run", {"flow_id": ELSEWHERE})

        assert code(error) == "NOT_FOUND"
        assert ELSEWHERE in error["message"]

    @both_dialects
    def test_archived_flow_is_refused(self, service, dialect):
        flow_id = service.flow()
        service.mutate(dialect, "archive_flow", {"flow_id": flow_id}, "id")

        error = service.refuse(dialect, "create_flow_run", {"flow_id": flow_id})

        assert code(error) == "BAD_USER_INPUT"
        assert "archived" in error["message"]
        assert flow_id in error["message"]

    @both_dialects
    def test_missing_required_parameters_are_named(self, service, dialect):
        flow_id = service.flow({"parameters": [{"name": name, "required": True} for name in ("x", "y", "z")]})

        error = service.refuse(dialect, "create_flow_run", {"flow_id": flow_id, "parameters": {"y": 1}})

        assert error["extensions"] == {"code": "BAD_USER_INPUT", "missing_parameters": ["x", "z"]}
        assert "x, z" in error["message"]

    @both_dialects
    @pytest.mark.parametrize(
        "given", [{}, {"flow_id": None}, {"flow_id": ELSEWHERE, "version_group_id": "g"}], ids=repr
    )
    def test_neither_or_both_of_flow_and_version_group_are_refused(self, service, dialect, given):
        error = service.refuse(dialect, "create_flow_run", given)

        assert code(error) == "BAD_USER_INPUT"
        assert "either flow_id or version_group_id" in error["message"]

    @both_dialects
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            *(("flow_run_name", ""),),
            *(
                ("parameters", []),
                ("parameters", 5),
                ("parameters", "x"),
                ("parameters", "[1]"),
                ("parameters", True),
            ),
            *(
                ("parameters", '{"a": NaN}'),
                ("parameters", '{"a": 1e999}'),
                ("parameters", '{"a": "\\ud800"}'),
            ),
            *(("context", []), ("context", "text"), ("context", 0.5), ("context", '"text"')),
            *(("run_config", []), ("run_config", "LocalRun"), ("run_config", {"labels": "abc"})),
            *(("labels", [""]), ("labels", ["x" * 201]), ("labels", ["a\x00"])),
            *(("idempotency_key", ""), ("idempotency_key", "x" * 2049)),
        ],
        ids=lambda value: repr(value)[:25],
    )
    def test_unusable_values_are_named(self, service, dialect, name, value):
        error = service.refuse(dialect, "create_flow_run", {"flow_id": service.flow(), name: value})

        assert code(error) == "BAD_USER_INPUT"
        assert name.removesuffix("s") in error["message"] or "label" in error["message"]

    @both_dialects
    @pytest.mark.parametrize(
        ("name", "kept"),
        [("parent-" * 31 + "child", ("parent-" * 31)[:200]), ("of parent\nand child", "of parent and child")],
        ids=["long", "lines"],
    )
    def test_run_name_is_cut_and_cleaned(self, service, dialect, name, kept):
        given = {"flow_id": service.flow(), "flow_run_name": name}
        created = service.mutate(dialect, "create_flow_run", given, "flow_run { name }")

        assert created == {"flow_run": {"name": kept}}

    @both_dialects
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            *(("flow_id", "x"), ("flow_id", ""), ("flow_id", 5), ("flow_id", [])),
            *(
                ("scheduled_start_time", "tomorrow"),
                ("scheduled_start_time", ""),
                ("scheduled_start_time", 1e9),
            ),
            *(("scheduled_start_time", "9999-12-31T23:59:59-01:00"), ("scheduled_start_time", "0001-01-01")),
            *(
                ("labels", {}),
                ("labels", [None]),
                ("labels", [5]),
                ("flow_run_name", 5),
                ("idempotency_key", {}),
            ),
        ],
        ids=repr,
    )
    def test_value_of_another_type_is_refused_with_field_and_type(self, service, dialect, name, value):
        given = {"flow_id": service.flow(), name: value}

        error = service.refuse(dialect, "create_flow_run", given)

        assert code(error) == "BAD_USER_INPUT"
        assert f"'$input' has invalid value at .{dialect.spell(name)}" in error["message"]

    @both_dialects
    def test_unknown_field_is_refused_with_a_suggestion(self, service, dialect):
        error = service.refuse(dialect, "create_flow_run", {"flow_id": service.flow(), "flow_run_nam": "x"})

        assert code(error) == "BAD_USER_INPUT"
        assert dialect.spell("flow_run_name") in error["message"]

    @both_dialects
    def test_labels_above_the_bound_are_refused(self, service, dialect):
        given = {"flow_id": service.flow(), "labels": [f"label {number}" for number in range(101)]}

        assert code(service.refuse(dialect, "create_flow_run", given)) == "PAYLOAD_TOO_LARGE"

    @both_dialects
    def test_parameters_above_the_size_of_an_item_are_refused(self, service, dialect):
        noise = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(300_000))

        error = service.refuse(
            dialect, "create_flow_run", {"flow_id": service.flow(), "parameters": {"a": noise}}
        )

        assert code(error) == "PAYLOAD_TOO_LARGE"

    def test_unusable_literal_is_refused_with_its_place(self, service):
        flow_id = service.flow()

        for literal, place in (
            ('flow_id: "x"', "input.flow_id"),
            (f'flow_id: "{flow_id}", scheduled_start_time: "soon"', "input.scheduled_start_time"),
            (f'flow_id: "{flow_id}", labels: [5]', "input.labels"),
            (f'flow_id: "{flow_id}", parameters: {{a: 1e999}}', "input.parameters"),
        ):
            error = service.error(f"mutation {{ create_flow_run(input: {{{literal}}}) {{ id }} }}")
            assert code(error) == "BAD_USER_INPUT"
            assert error["message"].startswith(place)


class TestIdempotency:
    @both_dialects
    def test_repeated_key_returns_the_first_run(self, service, dialect):
        flow_id = service.flow()
        given = {
            "flow_id": flow_id,
            "idempotency_key": "any-key",
            "parameters": {"a": 1},
            "context": {"b": 2},
        }

        payloads = [
            service.mutate(dialect, "create_flow_run", inputs, "id flow_run { id version }")
            for inputs in (
                given,
                given,
                {"flow_id": flow_id, "idempotency_key": "any-key", "flow_run_name": "x"},
            )
        ]

        assert payloads == [payloads[0]] * 3
        assert payloads[0]["flow_run"] == {"id": payloads[0]["id"], "version": 1}
        runs = service.data(f'{{ flow_run(where: {{flow_id: {{_eq: "{flow_id}"}}}}) {{ id name }} }}')[
            "flow_run"
        ]
        assert [run["id"] for run in runs] == [payloads[0]["id"]]
        assert runs[0]["name"] != "x"

    def test_both_dialects_share_idempotency_keys(self, service):
        given = {"flow_id": service.flow(), "idempotency_key": "any-key"}

        assert service.mutate(CAMEL, "create_flow_run", given, "id") == service.mutate(
            SNAKE, "create_flow_run", given, "id"
        )

    def test_other_key_or_other_flow_creates_another_run(self, service):
        flow_id, other = service.flow(), service.flow()

        ids = {service.run(flow_id, idempotency_key=key) for key in ("a", "b", "A", " a")}
        ids |= {service.run(other, idempotency_key="a")}

        assert len(ids) == 5

    @both_dialects
    @pytest.mark.parametrize("changed", ["parameters", "context"])
    def test_repeated_key_with_other_inputs_is_an_error_with_the_run(self, service, dialect, changed):
        given = {
            "flow_id": service.flow(),
            "idempotency_key": "k",
            "parameters": {"a": 1},
            "context": {"a": 1},
        }
        first = service.mutate(dialect, "create_flow_run", given, "id")["id"]

        error = service.refuse(dialect, "create_flow_run", {**given, changed: {"a": 2}})

        assert error["extensions"] == {"code": "IDEMPOTENCY_KEY_REUSED", "flow_run_id": first}
        assert changed in error["message"]

    def test_key_expires_24_hours_after_its_last_use(self, service):
        flow_id = service.flow()
        first = service.run(flow_id, idempotency_key="k")
        service.account.later = timedelta(hours=23, minutes=59)
        assert service.run(flow_id, idempotency_key="k") == first
        service.account.later = timedelta(hours=47, minutes=58)
        assert service.run(flow_id, idempotency_key="k") == first
        service.account.later = timedelta(hours=72)
        second = service.run(flow_id, idempotency_key="k")
        assert second != first
        assert service.run(flow_id, idempotency_key="k") == second

    def test_expired_key_with_other_inputs_creates_a_run(self, service):
        flow_id = service.flow()
        first = service.run(flow_id, idempotency_key="k", parameters={"a": 1})
        service.account.later = timedelta(hours=24, seconds=1)
        assert service.run(flow_id, idempotency_key="k", parameters={"a": 2}) != first

    def test_repeated_key_of_an_archived_flow_returns_the_first_run(self, service):
        flow_id = service.flow()
        first = service.run(flow_id, idempotency_key="k")
        service.mutate(SNAKE, "archive_flow", {"flow_id": flow_id}, "id")

        assert service.run(flow_id, idempotency_key="k") == first
        assert (
            code(service.refuse(SNAKE, "create_flow_run", {"flow_id": flow_id, "idempotency_key": "new"}))
            == "BAD_USER_INPUT"
        )

    def test_repeated_key_of_a_deleted_run_creates_no_run(self, service):
        flow_id = service.flow()
        first = service.run(flow_id, idempotency_key="k")
        service.mutate(SNAKE, "delete_flow_run", {"flow_run_id": first}, "success")

        assert service.run(flow_id, idempotency_key="k") == first
        assert service.read(first, "id") is None
