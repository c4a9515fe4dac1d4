"""Half characters (lone surrogates) and numbers that are none, in each form of input.

A text that people only read is mended, because its sender cannot mend it. A value that decides something is
refused with its place.
"""

import base64
import json

import pytest

from domain.ids import member_id
from handlers import http_api
from tests.handlers.events import graphql_event
from tests.handlers.invocation import invocation
from tests.handlers.service import CAMEL, SNAKE, both_dialects, code

HALF, MENDED = "caf\udce9", "caf\ufffd"
NAN = float("nan")
LOGS = "mutation($input: write_run_logs_input!) { write_run_logs(input: $input) { success } }"
STATE = "mutation($input: set_flow_run_state_input!) { set_flow_run_state(input: $input) { version } }"


@pytest.fixture
def flow_id(service):
    return service.flow({"tasks": [{"slug": "add-1", "name": "add"}]})


@pytest.fixture
def run_id(service, flow_id):
    return service.run(flow_id)


def messages(service, run_id):
    found = service.data(f'{{ log(where: {{flow_run_id: {{_eq: "{run_id}"}}}}) {{ message }} }}')["log"]
    return [log["message"] for log in found]


def with_logs(service, run_id, message):
    """Write a log entry in each form in which clients send texts."""
    entry = {"flow_run_id": run_id, "message": message}
    given = {"input": {"logs": [entry]}}
    escaped = json.dumps(message)
    literal = f'{{flow_run_id: "{run_id}", message: %s}}'
    inline = f"mutation {{ write_run_logs(input: {{logs: [{literal}]}}) {{ success }} }}"
    declared = f"mutation($m: String) {{ write_run_logs(input: {{logs: [{literal % '$m'}]}}) {{ success }} }}"
    service.data(LOGS, given)
    service.data(LOGS, json.dumps(given))
    service.data(LOGS, f'{{input: {{logs: [{{flow_run_id: "{run_id}", message: {escaped}}}]}}}}')
    service.data(declared, {"m": message})
    service.data(declared, json.dumps({"m": message}))
    service.data(inline % escaped)  # the escape in the document
    service.data(inline % f'"{message}"')  # the character itself
    service.data(inline % f'"""{message}"""')
    return 8


@pytest.mark.parametrize(
    ("message", "read"),
    [
        (HALF, MENDED),
        ("\ud800", "\ufffd"),
        ("\udcff\ud800 \udfff", "\ufffd\ufffd \ufffd"),
        ("NUL \x00, ESC \x1b, \uffff and 👋", "NUL \x00, ESC \x1b, \uffff and 👋"),
    ],
    ids=ascii,
)
def test_half_character_in_a_log_message_is_replaced(service, run_id, message, read):
    if "\x00" in message:  # GraphQL has this character as an escape only
        service.data(LOGS, {"input": {"logs": [{"flow_run_id": run_id, "message": message}]}})
        assert messages(service, run_id) == [read]
        return

    count = with_logs(service, run_id, message)

    assert set(messages(service, run_id)) == {read}
    assert count == 8


def test_bytes_that_are_not_utf_8_are_replaced(service, run_id):
    event = graphql_event(LOGS, {"input": {"logs": [{"flow_run_id": run_id, "message": "caf@"}]}})
    raw = event["body"].encode().replace(b"@", b"\xe9")
    sent = {"body": base64.b64encode(raw).decode(), "isBase64Encoded": True}

    response = http_api.handler(event | sent, invocation())

    assert response["statusCode"] == 200
    assert messages(service, run_id) == [MENDED]


@both_dialects
def test_all_texts_and_numbers_of_a_log_entry_are_mended(service, run_id, dialect):
    entry = {
        "flow_run_id": run_id,
        "name": HALF,
        "message": HALF,
        "info": {HALF: [HALF, {"args": [NAN, float("inf"), float("-inf"), 1e300, 2, None, True]}]},
    }
    spelt = {dialect.spell(name): value for name, value in entry.items()}

    service.data(dialect.document("write_run_logs", "success"), {"input": {"logs": [spelt]}})

    where = f'{{flow_run_id: {{_eq: "{run_id}"}}}}'
    (found,) = service.data(f"{{ log(where: {where}) {{ name message info }} }}")["log"]
    args = ["NaN", "Infinity", "-Infinity", 1e300, 2, None, True]
    assert found == {"name": MENDED, "message": MENDED, "info": {MENDED: [MENDED, {"args": args}]}}


@both_dialects
@pytest.mark.parametrize("as_text", [False, True])
def test_state_is_mended_in_all_its_parts(service, run_id, flow_id, dialect, as_text):
    def state(text, number):
        return {
            "type": "Failed",
            "message": text,
            "_result": {"type": "PrefectResult", "location": [number, text]},
            "cached_inputs": {text: {"x": number}},
            "context": {"tags": [text]},
        }

    given = json.dumps(state(HALF, NAN)) if as_text else state(HALF, NAN)
    change = {"flow_run_id": run_id, "version": 1, "state": given}
    service.mutate(dialect, "set_flow_run_states", {"states": [change]}, "states { version }")
    task_run_id = member_id(run_id, 1)
    task_change = {"task_run_id": task_run_id, "version": 1, "state": given}
    service.mutate(dialect, "set_task_run_states", {"states": [task_change]}, "states { version }")

    assert service.read(run_id, "state serialized_state") == {
        "state": "Failed",
        "serialized_state": state(MENDED, "NaN"),
    }
    query = f'{{ task_run_by_pk(id: "{task_run_id}") {{ state_message serialized_state }} }}'
    found = service.data(query)["task_run_by_pk"]
    assert found == {"state_message": MENDED, "serialized_state": state(MENDED, "NaN")}


@pytest.mark.parametrize(
    "literal", [r'{type: "Failed", message: "caf\udce9"}', '{type: "Failed", message: $m}']
)
def test_state_as_a_literal_is_mended(service, run_id, literal):
    declared = "($m: String)" if "$m" in literal else ""
    document = (
        f'mutation{declared} {{ set_flow_run_state(input: {{flow_run_id: "{run_id}", version: 1, '
        f"state: {literal}}}) {{ version }} }}"
    )

    service.data(document, {"m": HALF})

    assert service.read(run_id, "state_message") == {"state_message": MENDED}


def test_artifacts_and_descriptions_are_mended(service, run_id, flow_id):
    task_run_id = member_id(run_id, 1)
    given = {"task_run_id": task_run_id, "kind": "markdown", "data": {"markdown": HALF, "n": NAN}}
    service.mutate(SNAKE, "create_task_run_artifact", given, "id")
    project = {"name": "P of descriptions", "description": HALF}
    project_id = service.mutate(SNAKE, "create_project", project, "id")["id"]

    where = f'{{task_run_id: {{_eq: "{task_run_id}"}}}}'
    found = service.data(f"{{ task_run_artifact(where: {where}) {{ data }} }}")
    read = service.data(f'{{ project_by_pk(id: "{project_id}") {{ description }} }}')

    assert found["task_run_artifact"] == [{"data": {"markdown": MENDED, "n": "NaN"}}]
    assert read == {"project_by_pk": {"description": MENDED}}


@both_dialects
@pytest.mark.parametrize("odd", [HALF, NAN, float("-inf"), {"b": [1, HALF]}, {HALF: 1}, [NAN]], ids=ascii)
@pytest.mark.parametrize("name", ["parameters", "context", "run_config"])
def test_half_character_in_json_inputs_is_refused_with_its_place(service, flow_id, dialect, odd, name):
    error = service.refuse(dialect, "create_flow_run", {"flow_id": flow_id, name: {"a": odd}})

    assert code(error) == "BAD_USER_INPUT"
    assert f"{dialect.spell(name)}.a" in error["message"]
    assert "lone surrogate" in error["message"] or "is not a JSON number" in error["message"]


@pytest.mark.parametrize(
    ("mutation", "given", "named"),
    [
        ("create_flow_run", {"flow_id": "FLOW", "labels": ["a", HALF]}, "labels[1]"),
        ("create_flow_run", {"flow_id": "FLOW", "idempotency_key": HALF}, "idempotency_key"),
        ("create_flow_run", {"flow_id": "FLOW", "parameters": '{"a": "\\udcff"}'}, "parameters.a"),
        ("create_flow_run", {"flow_id": HALF}, "flow_id"),
        ("create_flow_run", {"version_group_id": HALF}, "version_group_id"),
        ("create_project", {"name": HALF}, "name"),
        ("register_agent", {"type": "LocalAgent", "labels": [HALF]}, "labels[0]"),
        ("set_key_value", {"key": "k", "value": {"a": NAN}}, "value.a"),
        ("set_key_value", {"key": HALF, "value": 1}, "key"),
        ("set_secret", {"name": "S", "value": HALF}, "value"),
        ("set_secret", {"name": "S", "value": NAN}, "value"),
        ("create_agent_config", {"settings": {"a": HALF}}, "settings.a"),
        ("create_flow", {"project_id": "PROJECT", "serialized_flow": {"name": "x", "a": HALF}}, "flow.a"),
    ],
)
def test_half_character_in_other_inputs_is_refused_with_its_place(service, flow_id, mutation, given, named):
    known = {"FLOW": flow_id, "PROJECT": service.project()}
    given = {name: known.get(str(value), value) for name, value in given.items()}

    error = service.refuse(SNAKE, mutation, given, "__typename")

    assert code(error) == "BAD_USER_INPUT"
    assert named in error["message"]


def test_half_character_in_a_literal_is_refused_with_its_place(service, flow_id):
    literal = r'{day: "caf\udce9"}'
    error = service.error(
        f'mutation {{ createFlowRun(input: {{flowId: "{flow_id}", parameters: {literal}}}) {{ id }} }}'
    )

    assert code(error) == "BAD_USER_INPUT"
    assert "parameters.day" in error["message"]


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (r'{ flow_run(where: {name: {_eq: "\udcff"}}) { id } }', None),
        ("query($n: String) { flow_run(where: {name: {_eq: $n}}) { id } }", {"n": HALF}),
        ("query($n: String) { flow_run(where: {name: {_eq: $n}}) { id } }", json.dumps({"n": HALF})),
        ("query($n: jsonb) { flow_run(where: {labels: {_contains: $n}}) { id } }", {"n": [NAN]}),
        ("query($n: String) { flow { flow_runs(where: {name: {_eq: $n}}) { id } } }", {"n": HALF}),
        ("query($n: String!) { secret_value(name: $n) }", {"n": HALF}),
        ("query($n: UUID!) { flow_run_by_pk(id: $n) { id } }", {"n": HALF}),
    ],
)
def test_half_character_in_a_filter_is_refused_with_its_place(service, flow_id, query, variables):
    error = service.error(query, variables)

    assert code(error) == "BAD_USER_INPUT"
    assert any(place in error["message"] for place in ("where.", "name", "$n", "id"))


def test_half_character_outside_of_texts_is_a_syntax_error(service):
    assert code(service.error("{ hello \udcff }")) == "GRAPHQL_PARSE_FAILED"


@both_dialects
def test_names_of_runs_are_mended(service, flow_id, dialect):
    named = {"flow_id": flow_id, "flow_run_name": f"of {HALF}"}
    run_id = service.mutate(dialect, "create_flow_run", named, "id")["id"]
    task_run = {"task_run_id": member_id(run_id, 1), "name": HALF}
    assert service.mutate(dialect, "set_task_run_name", task_run, "success") == {"success": True}

    assert service.read(run_id, "name task_runs { name }") == {
        "name": f"of {MENDED}",
        "task_runs": [{"name": MENDED}],
    }


class TestTooLargeStates:
    """States above the size of an item.

    A refused final state would leave its run Running, to be run again.
    """

    BIG = "x" * 1_100_000

    @both_dialects
    @pytest.mark.parametrize("kind", ["Success", "Failed", "Cancelled", "TimedOut", "Cached", "Skipped"])
    def test_final_state_is_shortened_to_its_outcome(self, service, run_id, dialect, kind):
        result = {"type": "PrefectResult", "location": self.BIG, "__version__": "1.4.1"}
        state = {"type": kind, "message": "Done.", "_result": result, "context": {"tags": ["a"]}}

        for mutation, of_run in (
            ("set_task_run_states", {"task_run_id": member_id(run_id, 1)}),
            ("set_flow_run_states", {"flow_run_id": run_id}),
        ):
            given = {"states": [{**of_run, "version": 1, "state": state}]}
            service.mutate(dialect, mutation, given, "states { version }")

        run = service.read(run_id, "state state_message serialized_state task_runs { serialized_state }")
        assert run["state"] == kind
        assert run["serialized_state"]["type"] == kind
        assert run["serialized_state"]["context"] == {"tags": ["a"]}
        assert run["state_message"].startswith("Done. [This state had 1,100,")
        assert "_result (1,100," in run["state_message"]
        assert len(json.dumps(run["serialized_state"])) < 1_000
        assert run["task_runs"][0]["serialized_state"] == run["serialized_state"]

    @pytest.mark.parametrize("kind", ["Running", "Scheduled", "Retrying", "Pending", "Submitted", "Queued"])
    def test_state_that_is_not_final_is_refused(self, service, run_id, kind):
        error = service.refuse(SNAKE, "set_flow_run_state", self.change(run_id, kind), "version")

        assert code(error) == "PAYLOAD_TOO_LARGE"

    def change(self, run_id, kind):
        return {"flow_run_id": run_id, "version": 1, "state": {"type": kind, "x": self.BIG}}

    def test_cut_message_says_how_much_is_left_out(self, service, run_id):
        state = {"type": "Failed", "message": "No. " + self.BIG}
        service.set_state(run_id, state, 1)

        message = service.read(run_id, "state_message")["state_message"]

        assert message.startswith("No. xxx")
        assert "more characters were cut off" in message
        assert len(message) < 11_000

    def test_cached_state_without_its_result_is_expired(self, service, run_id):
        state = {
            "type": "Cached",
            "cached_result_expiration": "2041-01-01T00:00:00+00:00",
            "_result": {"type": "PrefectResult", "location": self.BIG},
        }
        task_run_id = member_id(run_id, 1)
        given = {"states": [{"task_run_id": task_run_id, "version": 1, "state": state}]}
        service.mutate(CAMEL, "set_task_run_states", given, "states { version }")

        query = f'{{ task_run_by_pk(id: "{task_run_id}") {{ serialized_state }} }}'
        kept = service.data(query)["task_run_by_pk"]["serialized_state"]
        assert kept["cached_result_expiration"] < "2026"
        with pytest.raises(json.JSONDecodeError):
            json.loads(kept["_result"]["location"])
