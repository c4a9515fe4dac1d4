import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BadUserInput, PayloadTooLarge
from domain.flow_runs import state_sizes, states
from domain.flow_runs.state_sizes import MAX_STATE_BYTES
from domain.flow_runs.states import KIND_OF, Kind, State, parse_state, scheduled, with_cached_inputs
from domain.sizes import json_size, json_text
from storage.layout.codec import pack
from tests.contract.factories import incompressible

NOW = datetime(2026, 1, 31, 8, tzinfo=UTC)
LATER = "2030-01-01T00:00:00-05:00"

# The kinds of the state classes in the releases of Prefect Core.
WAITS = {"Scheduled", "Paused", "Resume", "Retrying", "Queued"}
RUNS = {"Running", "Cancelling"}
IN_BETWEEN = {"Pending", "Submitted", "ClientFailed"}
ENDS_THE_RUN = {"Success", "Failed", "Cached", "TimedOut", "Looped", "Cancelled"}
FINISHED = ENDS_THE_RUN | {"Finished", "Mapped", "Skipped", "Aborted", "TriggerFailed", "ValidationFailed"}


def test_known_types_are_those_of_every_release_of_core():
    assert set(KIND_OF) == WAITS | RUNS | IN_BETWEEN | FINISHED


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (Kind.SCHEDULED, WAITS),
        (Kind.RUNNING, RUNS),
        (Kind.PENDING, IN_BETWEEN),
        (Kind.FINISHED, FINISHED),
    ],
    ids=lambda value: value.value if isinstance(value, Kind) else "",
)
def test_type_has_the_kind_that_it_has_in_core(kind, names):
    assert {name for name in KIND_OF if parse_state({"type": name}).kind is kind} == names


def test_run_is_ended_by_the_types_that_end_it_on_prefects_server():
    assert {name for name in KIND_OF if State({"type": name}).ends_run} == ENDS_THE_RUN


def test_state_is_returned_unchanged():
    data = {
        "type": "Running",
        "message": "go 👋",
        "_result": {"type": "NoResultType"},
        "x": [1, None, {"y": 0.5}],
    }

    state = parse_state(data)

    assert state.data == data
    assert (state.type, state.message) == ("Running", "go 👋")


@pytest.mark.parametrize(
    "value", [None, "Success", 5, True, [], ["Success"], [{"type": "Success"}]], ids=repr
)
def test_value_that_is_no_object_is_refused_with_an_example(value):
    with pytest.raises(BadUserInput, match=r'must be an object such as {"type": "Success"'):
        parse_state(value)


@pytest.mark.parametrize(
    "value",
    [
        *({}, {"type": None}, {"type": ""}, {"type": "success"}, {"type": "Sucess"}, {"type": ["Success"]}),
        *({"type": {}}, {"type": 1}, {"type": "x" * 100_000}, {"Type": "Success"}),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_unknown_type_is_refused_and_the_known_ones_are_named(value):
    with pytest.raises(BadUserInput, match=r"^state.type must be one of .*Running, .*Success, ") as refused:
        parse_state(value)
    assert len(refused.value.message) < 400


@pytest.mark.parametrize("message", [5, ["x"], {}, False])
def test_message_that_is_no_text_is_refused(message):
    with pytest.raises(BadUserInput, match=r"state.message"):
        parse_state({"type": "Success", "message": message})


@pytest.mark.parametrize("name", ["Running", "Failed", "Submitted"])
def test_start_time_of_a_state_that_does_not_wait_is_not_read(name):
    data = {"type": name, "start_time": "soon"}

    assert parse_state(data).data == data
    assert State(data).due(NOW) is None


@pytest.mark.parametrize("start_time", ["soon", 5, [], "9999-12-31T23:59:59-14:00"])
def test_start_time_of_a_waiting_state_must_be_a_time(start_time):
    with pytest.raises(BadUserInput, match=r"state.start_time"):
        parse_state({"type": "Scheduled", "start_time": start_time})


@pytest.mark.parametrize("name", sorted(KIND_OF))
def test_state_above_a_million_bytes_is_refused_unless_it_is_finished(name):
    around = len(f'{{"type":"{name}","message":""}}')
    largest = {"type": name, "message": "é" * ((MAX_STATE_BYTES - around) // 2)}
    larger = {**largest, "message": largest["message"] + "éé"}

    assert parse_state(largest).data == largest
    if name in FINISHED:
        assert parse_state(larger).data["message"].startswith("ééé")
        assert json_size(parse_state(larger).data) < 30_000
    else:
        with pytest.raises(PayloadTooLarge, match=r"1,000,00"):
            parse_state(larger)


LARGE = incompressible(600_000)


@pytest.mark.parametrize("name", sorted(FINISHED))
@pytest.mark.parametrize(
    "parts",
    [
        {"_result": {"type": "SafeResult", "value": LARGE, "result_handler": {"type": "JSONResultHandler"}}},
        {"_result": {"type": "SafeResult", "value": [LARGE[n : n + 9] for n in range(0, 600_000, 9)]}},
        {"cached_inputs": {f"x{n}": {"type": "PrefectResult", "location": LARGE} for n in range(9)}},
        {"cached_inputs": {LARGE[n : n + 99]: LARGE[n : n + 99] for n in range(0, 600_000, 99)}},
        {"context": {"tags": [LARGE]}, "_result": {"type": "NoResultType"}},
        {LARGE[n : n + 99]: LARGE[n : n + 1_500] for n in range(0, 600_000, 1_500)},
        {LARGE: 1},
        {"x": [[LARGE]]},
        {"message": LARGE},
        {"message": None, "x": LARGE},
    ],
    ids=lambda parts: str([*parts])[:40],
)
def test_finished_state_that_is_too_large_keeps_its_outcome(name, parts):
    state = {"type": name, "message": "The outcome.", "__version__": "1.4.1", **parts}

    kept = parse_state(state).data

    assert kept["type"] == name
    assert len(pack(kept)) < 30_000
    assert json_size(kept) < 60_000
    assert f"[This state had {json_size(state):,} bytes, more than can be kept. Left out: " in kept["message"]
    if "message" not in parts:
        assert kept["message"].startswith("The outcome. [")
        assert kept["__version__"] == "1.4.1"


def test_shortened_state_keeps_its_small_parts():
    state = {
        "type": "Failed",
        "message": "No.",
        "context": {"tags": ["a"], "task_run_count": 2},
        "cached_inputs": {"x": {"type": "PrefectResult", "location": LARGE}, "y": {"type": "NoResultType"}},
    }

    kept = parse_state(state).data

    assert kept["context"] == state["context"]
    assert kept["cached_inputs"]["x"]["type"] == "PrefectResult"
    assert kept["cached_inputs"]["y"] == {"type": "NoResultType"}
    assert kept["message"].endswith(
        f"Left out: cached_inputs ({json_size(state['cached_inputs']):,} bytes).]"
    )


@pytest.mark.parametrize("decoy", ["", LARGE, [1, 2, 3]])
@pytest.mark.parametrize("levels", [1, 4, 100])
def test_large_state_is_written_as_json_once_however_deeply_it_is_nested(monkeypatch, levels, decoy):
    calls = []

    def size(value):
        calls.append(json_size(value))
        return calls[-1]

    monkeypatch.setattr(state_sizes, "json_size", size)
    nested: Any = [[LARGE]]
    for _ in range(levels):
        nested = {"a": nested, "b": [[LARGE]], "c": decoy}
    state = {"type": "Failed", "result": nested}

    kept = parse_state(state, json_text(state)).data

    assert sum(calls) < json_size(state) + 10_000
    assert f"[This state had {json_size(state):,} bytes" in kept["message"]


def test_large_part_of_a_state_whose_text_is_known_is_not_written_again(monkeypatch):
    written = []

    def size(value):
        written.append(json_size(value))
        return written[-1]

    def text(value):
        return "" if size(value) is None else json_text(value)

    for module in (state_sizes, states):
        monkeypatch.setattr(module, "json_text", text)
    monkeypatch.setattr(state_sizes, "json_size", size)
    state = {"type": "Success", "message": "Yes.", "_result": {"type": "R", "value": [0.5] * 400_000}}

    kept = parse_state(state, json_text(state)).data

    assert sum(written) < 10_000
    assert kept["_result"]["type"] == "R"
    assert f"_result ({json_size(state['_result']):,} bytes)" in kept["message"]


VALUES: Any = st.recursive(
    st.none() | st.floats(allow_nan=False) | st.text(max_size=5) | st.just("x" * 3_000),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=5), below, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=5), VALUES, min_size=1, max_size=5))
def test_sizes_of_the_parts_of_a_state_are_those_of_their_json(data):
    def check(value, sized):
        assert sized.size == json_size(value)
        for name, part in (sized.parts or {}).items():
            check(value[name], part)

    for whole in (None, json_size(data)):
        parts = state_sizes._parts(data, whole, 5)
        assert [*parts] == [*data]
        for name, part in parts.items():
            check(data[name], part)


@pytest.mark.parametrize("value", [LARGE, [LARGE], {"a": LARGE}, [1] * 600_000])
def test_rest_of_a_large_result_cannot_be_read_as_a_result(value):
    result = {
        "type": "SafeResult",
        "value": json.dumps(value),
        "result_handler": {"type": "JSONResultHandler"},
    }

    kept = parse_state({"type": "Success", "_result": result, "x": LARGE}).data

    with pytest.raises(json.JSONDecodeError):
        json.loads(kept["_result"]["value"])


def test_cached_inputs_do_not_make_a_finished_state_too_large():
    before = State({"type": "Retrying", "cached_inputs": {"x": incompressible(300_000)}})
    after = parse_state({"type": "Failed", "message": "No.", "_result": incompressible(300_000, seed=1)})

    kept = with_cached_inputs(after, before)

    assert len(pack(kept.data)) < 30_000
    assert kept.message is not None
    assert kept.message.startswith("No. [This state had 6")


def test_cached_inputs_that_do_not_fit_an_unfinished_state_are_left_out():
    before = State({"type": "Retrying", "cached_inputs": {"x": incompressible(500_000)}})
    after = State({"type": "Retrying", "message": incompressible(340)})

    assert with_cached_inputs(after, before) == after


class TestWithCachedInputs:
    BEFORE = State({"type": "Retrying", "cached_inputs": {"x": 1}})

    def test_state_without_cached_inputs_gets_those_of_the_state_before(self):
        state = State({"type": "Running", "message": "go"})

        assert with_cached_inputs(state, self.BEFORE) == State(
            {"type": "Running", "message": "go", "cached_inputs": {"x": 1}}
        )

    @pytest.mark.parametrize("none", [{}, None], ids=repr)
    def test_empty_cached_inputs_count_as_none(self, none):
        state = State({"type": "Running", "cached_inputs": none})

        assert with_cached_inputs(state, self.BEFORE).data["cached_inputs"] == {"x": 1}
        assert with_cached_inputs(State({"type": "Running"}), state) == State({"type": "Running"})

    def test_state_keeps_its_own_cached_inputs(self):
        state = State({"type": "Running", "cached_inputs": {"y": 2}})

        assert with_cached_inputs(state, self.BEFORE) is state

    def test_state_before_stays_as_it_was(self):
        with_cached_inputs(State({"type": "Success"}), self.BEFORE)

        assert State({"type": "Retrying", "cached_inputs": {"x": 1}}) == self.BEFORE

    def test_small_cached_inputs_are_kept_whole_in_a_finished_state(self):
        assert with_cached_inputs(State({"type": "Failed"}), self.BEFORE) == State(
            {"type": "Failed", "cached_inputs": {"x": 1}}
        )


@pytest.mark.parametrize("name", sorted(WAITS))
def test_waiting_run_is_due_at_its_start_time(name):
    assert State({"type": name, "start_time": LATER}).due(NOW) == datetime(2030, 1, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize("name", sorted(WAITS - {"Paused"}))
def test_waiting_run_without_a_start_time_is_due_at_once(name):
    assert State({"type": name}).due(NOW) == NOW
    assert State({"type": name, "start_time": None}).due(NOW) == NOW


def test_paused_run_without_a_start_time_is_never_due():
    assert State({"type": "Paused"}).due(NOW) is None


@pytest.mark.parametrize("name", sorted(set(KIND_OF) - WAITS))
def test_run_that_does_not_wait_is_never_due_despite_a_start_time(name):
    assert State({"type": name, "start_time": LATER}).due(NOW) is None


def test_run_begins_scheduled_for_its_start():
    state = scheduled(NOW)

    assert parse_state(state.data) == state
    assert state.data["start_time"] == "2026-01-31T08:00:00+00:00"
    assert (state.type, state.message, state.due(NOW)) == ("Scheduled", "Flow run scheduled.", NOW)
