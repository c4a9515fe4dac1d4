from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import BadUserInput
from domain.flow_runs.bulk_changes import (
    Action,
    BulkChange,
    Continuation,
    check_as_of,
    read_continuation,
    request_digest,
)
from domain.flow_runs.states import KIND_OF

NOW = datetime(2026, 1, 31, 8, 0, 0, 123456, tzinfo=UTC)
RUN = "019c1312-0000-7000-8000-000000010000"
REQUEST = request_digest("cancel", {"state": {"_eq": "Running"}})


def test_continuation_is_read_as_it_was_written():
    given = Continuation(NOW, RUN, REQUEST)

    assert read_continuation(str(given), REQUEST, NOW) == given


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "x" * 1_000_000,
        f"2.1.{RUN}.{REQUEST}",
        f"1.-1.{RUN}.{REQUEST}",
        f"1.{'9' * 17}.{RUN}.{REQUEST}",
        f"1.{'9' * 400}.{RUN}.{REQUEST}",
        f"1.٣.{RUN}.{REQUEST}",
        f"1.1.{RUN}.{REQUEST}\n",
        f"1.1.{'-' * 36}.{REQUEST}",
        f"1.1.{RUN[:-1]}.{REQUEST}",
        f"1.1.{RUN}.{REQUEST[:-1]}",
        f"1.1.{RUN}.{'0' * 16}",
        str(Continuation(NOW + timedelta(hours=1), RUN, REQUEST)),
        "1.1.\ud800.x",
    ],
)
def test_continuation_that_no_portion_returned_is_refused(text):
    with pytest.raises(BadUserInput, match="continuation") as refused:
        read_continuation(text, REQUEST, NOW)
    assert len(refused.value.message) < 300


def test_continuation_of_another_request_is_refused():
    with pytest.raises(BadUserInput, match="other values"):
        read_continuation(str(Continuation(NOW, RUN, REQUEST)), request_digest("delete"), NOW)


def test_digest_tells_requests_apart_whatever_the_order_of_keys():
    assert request_digest({"a": 1, "b": NOW}) == request_digest({"b": NOW, "a": 1})
    assert request_digest("a", None) != request_digest(None, "a")
    assert request_digest({"a": NOW}) != request_digest({"a": NOW + timedelta(microseconds=1)})


def test_change_as_of_a_later_time_is_refused():
    check_as_of(NOW, NOW)
    check_as_of(NOW + timedelta(minutes=1), NOW)  # clocks differ
    with pytest.raises(BadUserInput, match="future"):
        check_as_of(NOW + timedelta(hours=1), NOW)


@pytest.mark.parametrize("state", [*KIND_OF, "failed", "", None, "Exotic" * 1_000])
def test_states_of_processes_and_unknown_ones_cannot_be_set_on_many_runs(state):
    change = BulkChange(action=Action.SET_STATE, state=state)
    if state in ("Scheduled", "Paused", "Success", "Failed", "Cancelled", "Skipped"):
        change.check()
        return
    with pytest.raises(BadUserInput, match="state must be one of Scheduled, Paused") as refused:
        change.check()
    assert len(refused.value.message) < 250


@pytest.mark.parametrize("action", Action)
def test_message_has_a_bound(action):
    BulkChange(action=action, state="Failed", message="x" * 1_000).check()
    with pytest.raises(BadUserInput, match="1,001 characters"):
        BulkChange(action=action, state="Failed", message="x" * 1_001).check()


def test_scheduled_runs_are_due_at_once_and_each_portion_sets_the_same_state():
    change = BulkChange(action=Action.SET_STATE, state="Scheduled")

    assert change.wanted(NOW).due(NOW) == NOW
    assert change.wanted(NOW) == change.wanted(NOW)
    assert BulkChange(action=Action.SET_STATE, state="Failed").wanted(NOW).data == {"type": "Failed"}
