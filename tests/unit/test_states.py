from datetime import UTC, datetime

import pytest

from domain.errors import BadUserInput, PayloadTooLarge
from domain.states import KIND_OF, MAX_STATE_BYTES, Kind, State, parse_state, scheduled

NOW = datetime(2026, 1, 31, 8, tzinfo=UTC)
LATER = "2030-01-01T00:00:00-05:00"

# What Prefect Core's own classes say of themselves, release by release.
WAITS = {"Scheduled", "Paused", "Resume", "Retrying", "Queued"}
RUNS = {"Running", "Cancelling"}
IN_BETWEEN = {"Pending", "Submitted", "ClientFailed"}
ENDS_THE_RUN = {"Success", "Failed", "Cached", "TimedOut", "Looped", "Cancelled"}
FINISHED = ENDS_THE_RUN | {"Finished", "Mapped", "Skipped", "Aborted", "TriggerFailed", "ValidationFailed"}


def test_exactly_the_types_that_core_ever_had_are_known():
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
def test_each_type_means_for_a_run_what_it_means_in_core(kind, names):
    assert {name for name in KIND_OF if parse_state({"type": name}).kind is kind} == names


def test_only_the_types_that_ended_a_run_on_prefects_server_end_it():
    assert {name for name in KIND_OF if State({"type": name}).ends_run} == ENDS_THE_RUN


def test_a_state_is_kept_as_it_came():
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
def test_a_state_that_is_no_object_is_refused_with_an_example(value):
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
def test_an_unknown_type_is_refused_and_the_known_ones_are_named(value):
    with pytest.raises(BadUserInput, match=r"^state.type must be one of .*Running, .*Success, ") as refused:
        parse_state(value)
    assert len(refused.value.message) < 400


@pytest.mark.parametrize("message", [5, ["x"], {}, False])
def test_a_message_must_be_text(message):
    with pytest.raises(BadUserInput, match=r"state.message"):
        parse_state({"type": "Success", "message": message})


@pytest.mark.parametrize("start_time", ["soon", 5, [], "9999-12-31T23:59:59-14:00"])
def test_a_start_time_must_be_a_time(start_time):
    with pytest.raises(BadUserInput, match=r"state.start_time"):
        parse_state({"type": "Scheduled", "start_time": start_time})


def test_a_state_may_have_a_million_bytes_and_no_more():
    around = len('{"type":"Success","message":""}')
    largest = {"type": "Success", "message": "é" * ((MAX_STATE_BYTES - around) // 2)}

    assert parse_state(largest).data == largest
    with pytest.raises(PayloadTooLarge, match=r"1,000,00"):
        parse_state({"type": "Success", "message": largest["message"] + "é"})


@pytest.mark.parametrize("name", sorted(WAITS))
def test_a_waiting_run_is_due_at_its_start_time(name):
    assert State({"type": name, "start_time": LATER}).due(NOW) == datetime(2030, 1, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize("name", sorted(WAITS - {"Paused"}))
def test_a_waiting_run_without_a_start_time_is_due_at_once(name):
    assert State({"type": name}).due(NOW) == NOW
    assert State({"type": name, "start_time": None}).due(NOW) == NOW


def test_a_paused_run_without_a_start_time_waits_for_somebody():
    assert State({"type": "Paused"}).due(NOW) is None


@pytest.mark.parametrize("name", sorted(set(KIND_OF) - WAITS))
def test_no_other_run_is_due_even_if_its_state_has_a_start_time(name):
    assert State({"type": name, "start_time": LATER}).due(NOW) is None


def test_a_run_begins_scheduled_for_its_start():
    state = scheduled(NOW)

    assert parse_state(state.data) == state
    assert state.data["start_time"] == "2026-01-31T08:00:00+00:00"
    assert (state.type, state.message, state.due(NOW)) == ("Scheduled", "Flow run scheduled.", NOW)
