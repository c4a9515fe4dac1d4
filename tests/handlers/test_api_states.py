from datetime import datetime, timedelta

import pytest

from domain.flow_runs.states import KIND_OF
from tests.handlers.service import CAMEL, SNAKE, both_dialects, code

ELSEWHERE = "2a9c1c6f-7e0a-4c55-8a43-0d9c7b1f3a10"
RUNNING = {"type": "Running", "message": "go"}
SUCCESS = {"type": "Success", "message": "It worked!"}
HISTORY = "version state states { version state message timestamp serialized_state }"
INTO = ("set_flow_run_state", "set_flow_run_states")


def one(mutation, flow_run_id, version, state):
    """Return the input for one run in the form of a mutation; `...` as version leaves the key out."""
    change = {"flow_run_id": flow_run_id, "state": state}
    if version is not ...:
        change["version"] = version
    return change if mutation == "set_flow_run_state" else {"states": [change]}


both_mutations = pytest.mark.parametrize("mutation", INTO)


@both_dialects
def test_payload_has_the_state_and_the_run_after_it(service, dialect):
    flow_run_id = service.run()
    of_run = "id version state serialized_state state_message states { version }"
    selection = f"id status message version flow_run {{ {of_run} }}"

    payload = service.mutate(dialect, "set_flow_run_state", one(INTO[0], flow_run_id, 1, SUCCESS), selection)

    assert (payload["id"], payload["version"]) == (flow_run_id, 2)
    assert (payload["status"], payload["message"]) == ("SUCCESS", None)
    assert payload["flow_run"] == {
        "id": flow_run_id,
        "version": 2,
        "state": "Success",
        "serialized_state": SUCCESS,
        "state_message": "It worked!",
        "states": [{"version": 1}, {"version": 2}],
    }


@both_dialects
def test_one_call_sets_states_of_several_runs_and_one_run_twice(service, dialect):
    first, second = service.run(), service.run()
    changes = [(first, 1, RUNNING), (second, 1, SUCCESS), (first, 2, SUCCESS)]
    states = [{"flow_run_id": run, "version": version, "state": state} for run, version, state in changes]

    payload = service.mutate(
        dialect,
        "set_flow_run_states",
        {"states": states},
        "states { id status message version flow_run { state } }",
    )

    assert [(result["id"], result["version"]) for result in payload["states"]] == [
        (first, 2),
        (second, 2),
        (first, 3),
    ]
    assert {(result["status"], result["message"]) for result in payload["states"]} == {("SUCCESS", None)}
    assert service.read(first, "version state") == {"version": 3, "state": "Success"}
    assert service.read(second, "version state") == {"version": 2, "state": "Success"}


@both_dialects
def test_empty_list_of_states_sets_nothing(service, dialect):
    assert service.mutate(dialect, "set_flow_run_states", {"states": []}, "states { id }") == {"states": []}


@both_dialects
def test_null_version_in_a_list_accepts_the_current_one(service, dialect):
    flow_run_id = service.run()
    failed = {"type": "Failed", "message": "KeyError: 'x'"}
    given = {"states": [{"flow_run_id": flow_run_id, "version": None, "state": failed}]}

    payload = service.mutate(dialect, "set_flow_run_states", given, "states { version }")

    assert payload == {"states": [{"version": 2}]}
    assert service.read(flow_run_id, "state_message") == {"state_message": "KeyError: 'x'"}


def test_input_id_may_name_the_run(service):
    flow_run_id = service.run()

    for dialect, version in ((CAMEL, 1), (SNAKE, 2)):
        given = {"id": flow_run_id, "version": version, "state": RUNNING}
        assert service.mutate(dialect, "set_flow_run_state", given, "id version") == {
            "id": flow_run_id,
            "version": version + 1,
        }


@pytest.mark.parametrize("name", sorted(KIND_OF))
def test_each_type_of_state_may_follow_any_and_is_kept_whole(service, name):
    flow_run_id = service.run()
    state = {
        "type": name,
        "message": "é 👋",
        "_result": {"type": "NoResultType"},
        "cached_inputs": {},
        "x": [None],
    }

    service.set_state(flow_run_id, SUCCESS, 1)
    service.set_state(flow_run_id, state, 2)
    service.set_state(flow_run_id, RUNNING, 3)

    run = service.read(flow_run_id, HISTORY)
    assert [entry["state"] for entry in run["states"]] == ["Scheduled", "Success", name, "Running"]
    assert run["states"][2]["serialized_state"] == state


def test_state_may_be_escaped_text_a_literal_or_a_variable(service):
    flow_run_id = service.run()

    def send(literal, variables=None, declared=""):
        given = f'{{flow_run_id: "{flow_run_id}", state: {literal}}}'
        selection = "{ flow_run { serialized_state } }"
        data = service.data(
            f"mutation{declared} {{ set_flow_run_state(input: {given}) {selection} }}", variables
        )
        return data["set_flow_run_state"]["flow_run"]["serialized_state"]

    assert send('{type: "Success" message: "It worked!"}') == SUCCESS
    assert send(r'"{\"type\": \"Success\", \"message\": \"It worked!\"}"') == SUCCESS
    assert send("$state", {"state": SUCCESS}, "($state: JSON!)") == SUCCESS
    assert send('{type: $type, message: "It worked!"}', {"type": "Success"}, "($type: String!)") == SUCCESS


class TestHistory:
    def test_history_has_every_version_without_gaps(self, service):
        flow_run_id = service.run()

        for version in range(1, 41):
            service.set_state(flow_run_id, {"type": "Running", "message": f"step {version}"}, version)

        run = service.read(flow_run_id, HISTORY)
        assert (run["version"], run["state"]) == (41, "Running")
        assert [entry["version"] for entry in run["states"]] == list(range(1, 42))
        assert [entry["message"] for entry in run["states"][1:]] == [
            f"step {number}" for number in range(1, 41)
        ]
        times = [datetime.fromisoformat(entry["timestamp"]) for entry in run["states"]]
        assert times == sorted(times)

    def test_history_is_ordered_by_version_though_a_clock_went_back(self, service):
        flow_run_id = service.run()
        for version in range(1, 20):
            service.account.later -= timedelta(seconds=1)
            service.set_state(flow_run_id, RUNNING, version)

        page = service.read(flow_run_id, "states(limit: 2, offset: 15) { version }")["states"]
        where = f'{{flow_run_id: {{_eq: "{flow_run_id}"}}}}'
        listed = service.data(f"{{ flow_run_state(where: {where}) {{ version }} }}")["flow_run_state"]

        assert [entry["version"] for entry in listed] == list(range(1, 21))
        assert page == [{"version": 16}, {"version": 17}]

    def test_large_states_in_a_history_are_returned_whole(self, service):
        flow_run_id = service.run()
        large = {
            "type": "Running",
            "_result": {"value": "".join(chr(0x4E00 + n * 7919 % 20_000) for n in range(9_000))},
        }

        for version in range(1, 20):
            service.set_state(flow_run_id, large if version in (2, 19) else RUNNING, version)

        run = service.read(flow_run_id, f"serialized_state {HISTORY}")
        assert run["serialized_state"] == large
        assert [entry["serialized_state"] == large for entry in run["states"]] == [
            n in (3, 20) for n in range(1, 21)
        ]

    def test_history_is_filtered_ordered_and_counted(self, service):
        flow_run_id = service.run()
        for state in (RUNNING, {"type": "Retrying"}, RUNNING, SUCCESS):
            service.set_state(flow_run_id, state)

        run = service.read(
            flow_run_id,
            """
            running: states(where: {state: {_eq: "Running"}}, order_by: {version: desc}) { version }
            last: states(order_by: {timestamp: desc}, limit: 1) { state }
            states_aggregate { aggregate { count } }
            """,
        )

        assert run["running"] == [{"version": 4}, {"version": 2}]
        assert run["last"] == [{"state": "Success"}]
        assert run["states_aggregate"] == {"aggregate": {"count": 5}}


def test_times_of_a_run_come_from_its_states(service):
    flow_run_id = service.run()
    columns = "start_time end_time duration heartbeat state_start_time"

    assert service.read(flow_run_id, columns) == dict.fromkeys(columns.split()) | {
        "state_start_time": service.read(flow_run_id, "created")["created"]
    }
    service.set_state(flow_run_id, RUNNING)
    running = service.read(flow_run_id, f"{columns} state_timestamp")
    assert running["start_time"] == running["state_timestamp"] == running["heartbeat"]
    assert (running["end_time"], running["duration"], running["state_start_time"]) == (None, None, None)
    service.set_state(flow_run_id, {"type": "Retrying", "start_time": "2030-01-01T00:00:00Z"})
    assert service.read(flow_run_id, "state_start_time") == {"state_start_time": "2030-01-01T00:00:00+00:00"}
    service.set_state(flow_run_id, RUNNING)
    service.set_state(flow_run_id, SUCCESS)
    ended = service.read(flow_run_id, f"{columns} state_timestamp")
    assert ended["start_time"] == running["start_time"]
    assert ended["end_time"] == ended["state_timestamp"]
    assert ended["duration"].startswith("00:00:0")


class TestVersions:
    @both_dialects
    @both_mutations
    @pytest.mark.parametrize("stale", [0, 1, 3, -1, 2**31 - 1, -(2**31)])
    def test_stale_version_changes_nothing(self, service, dialect, mutation, stale):
        flow_run_id = service.run()
        service.set_state(flow_run_id, RUNNING, 1)

        error = service.refuse(dialect, mutation, one(mutation, flow_run_id, stale, SUCCESS))

        assert error["extensions"] == {
            "code": "VERSION_LOCKING_ERROR",
            "flow_run_id": flow_run_id,
            "given_version": stale,
            "current_version": 2,
            "current_state": "Running",
        }
        assert f"version {stale} was given" in error["message"]

    @pytest.mark.parametrize("version", [..., None], ids=["missing", "null"])
    def test_set_flow_run_state_in_camel_case_requires_a_version(self, service, version):
        mutation = "set_flow_run_state"

        error = service.refuse(CAMEL, mutation, one(mutation, service.run(), version, RUNNING))

        assert code(error) == "BAD_USER_INPUT"
        assert "version" in error["message"]

    @both_mutations
    @pytest.mark.parametrize("version", [..., None], ids=["missing", "null"])
    def test_absent_version_accepts_the_current_one_and_raises_it(self, service, mutation, version):
        flow_run_id = service.run()

        for _ in range(20):
            service.mutate(SNAKE, mutation, one(mutation, flow_run_id, version, RUNNING), "__typename")

        run = service.read(flow_run_id, HISTORY)
        assert [entry["version"] for entry in run["states"]] == list(range(1, 22))

    @both_dialects
    @both_mutations
    @pytest.mark.parametrize("version", [2**31, -(2**31) - 1, 10**30, 1.5, "1", True, [1]], ids=repr)
    def test_value_that_is_no_version_is_refused(self, service, dialect, mutation, version):
        error = service.refuse(dialect, mutation, one(mutation, service.run(), version, RUNNING))

        assert code(error) == "BAD_USER_INPUT"
        assert "version" in error["message"]

    def test_second_sending_of_a_change_has_a_stale_version(self, service):
        flow_run_id = service.run()
        change = one(INTO[0], flow_run_id, 1, RUNNING)

        service.mutate(CAMEL, INTO[0], change, "id")

        assert code(service.refuse(CAMEL, INTO[0], change)) == "VERSION_LOCKING_ERROR"

    def test_version_changes_with_states_alone(self, service):
        flow_run_id = service.run()

        service.mutate(SNAKE, "set_flow_run_name", {"flow_run_id": flow_run_id, "name": "x"}, "success")
        service.mutate(SNAKE, "set_flow_run_labels", {"flow_run_id": flow_run_id, "labels": ["x"]}, "success")
        service.mutate(SNAKE, "update_flow_run_heartbeat", {"flow_run_id": flow_run_id}, "success")

        assert service.read(flow_run_id, "version") == {"version": 1}


class TestRefusals:
    @both_dialects
    @both_mutations
    def test_unknown_run_is_not_found(self, service, dialect, mutation):
        error = service.refuse(dialect, mutation, one(mutation, ELSEWHERE, 1, RUNNING))

        assert code(error) == "NOT_FOUND"
        assert error["message"].startswith("State update failed")
        assert ELSEWHERE in error["message"]

    def test_unknown_run_is_not_created_without_a_version(self, service):
        assert code(service.refuse(SNAKE, INTO[0], one(INTO[0], ELSEWHERE, None, RUNNING))) == "NOT_FOUND"

    @both_dialects
    @both_mutations
    @pytest.mark.parametrize(
        "state",
        [
            *(
                {},
                {"message": "no type"},
                {"type": "Sucess"},
                {"type": "running"},
                {"type": None},
                {"type": []},
            ),
            *({"type": "Running", "message": 5}, {"type": "Scheduled", "start_time": "soon"}),
            *("Running", "", '{"type": "Running"', '{"type": "\\udcff"}', [], [RUNNING], 5, True),
        ],
        ids=lambda state: repr(state)[:30],
    )
    def test_unusable_state_is_refused(self, service, dialect, mutation, state):
        error = service.refuse(dialect, mutation, one(mutation, service.run(), 1, state))

        assert code(error) == "BAD_USER_INPUT"
        assert "state" in error["message"]

    @both_dialects
    @both_mutations
    def test_null_state_is_refused(self, service, dialect, mutation):
        error = service.refuse(dialect, mutation, one(mutation, service.run(), 1, None))

        assert code(error) == "BAD_USER_INPUT"
        assert ".state" in error["message"]

    @both_dialects
    @both_mutations
    def test_state_above_a_million_bytes_is_refused(self, service, dialect, mutation):
        state = {"type": "Running", "message": "x" * 1_000_000}

        error = service.refuse(dialect, mutation, one(mutation, service.run(), 1, state))

        assert code(error) == "PAYLOAD_TOO_LARGE"
        assert "1,000,000" in error["message"]

    @both_dialects
    def test_neither_or_both_ids_of_the_run_are_refused(self, service, dialect):
        flow_run_id = service.run()

        for given in ({}, {"flow_run_id": flow_run_id, "id": flow_run_id}):
            error = service.refuse(dialect, INTO[0], {**given, "version": 1, "state": RUNNING})
            assert code(error) == "BAD_USER_INPUT"
            assert "flow_run_id" in error["message"]

    @both_dialects
    def test_states_above_the_bound_of_one_call_are_refused(self, service, dialect):
        change = {"flow_run_id": service.run(), "version": 1, "state": RUNNING}

        error = service.refuse(dialect, INTO[1], {"states": [change] * 101})

        assert code(error) == "BAD_USER_INPUT"
        assert "at most 100" in error["message"]

    @both_dialects
    def test_one_unusable_state_among_several_sets_none(self, service, dialect):
        states = [
            {"flow_run_id": service.run(), "version": 1, "state": state}
            for state in (RUNNING, {"type": "No"})
        ]

        assert code(service.refuse(dialect, INTO[1], {"states": states})) == "BAD_USER_INPUT"

    @both_dialects
    def test_stale_version_among_several_ends_the_call_there(self, service, dialect):
        runs = [service.run() for _ in range(3)]
        states = [
            {"flow_run_id": run, "version": version, "state": RUNNING}
            for run, version in zip(runs, (1, 7, 1), strict=True)
        ]

        result = service.send(
            dialect.document(INTO[1], "states { id }"), {"input": dialect.spelt({"states": states})}
        )

        assert result["data"] == {dialect.spell(INTO[1]): None}
        assert [error["extensions"]["code"] for error in result["errors"]] == ["VERSION_LOCKING_ERROR"]
        assert result["errors"][0]["extensions"]["flow_run_id"] == runs[1]
        assert [service.read(run, "version")["version"] for run in runs] == [2, 1, 1]
