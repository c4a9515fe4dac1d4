"""The rules of concurrency limits."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.concurrency.counting import Counting
from domain.concurrency.limits import (
    MAX_LIMITS_OF_ONE,
    MAX_SLOTS,
    MAX_TAGS,
    QUEUED_FOR,
    TRIED_AGAIN_AFTER,
    ConcurrencyLimit,
    LimitKind,
    NoFreeSlot,
    can_wait,
    check_limit,
    check_not_too_many,
    has_tag,
    limit_id,
    queued,
    scheduled_again,
    tags_of,
    waiting_for,
)
from domain.errors import BadUserInput
from domain.flow_runs.states import State
from domain.recovery.follow_ups import LONGEST_REQUEST

NOW = datetime(2040, 1, 1, tzinfo=UTC)
TENANT, OTHER = "2a9c1c6f-7e0a-4c55-8a43-0d9c7b1f3a10", "6e0b5f3c-2f6d-4c1e-9a57-3b1d8f0c7a21"
SCHEDULED = {"type": "Scheduled", "start_time": "2039-12-31T23:59:00+00:00"}
RETRYING = {"type": "Retrying", "run_count": 2, "cached_inputs": {"x": 1}}


def limit(**more: Any) -> ConcurrencyLimit:
    known: dict[str, Any] = {
        "id": "1",
        "tenant_id": TENANT,
        "kind": LimitKind.TAG,
        "name": "db",
        "limit": 2,
        "used": 0,
        "created": NOW,
        "updated": NOW,
    }
    return ConcurrencyLimit(**known | more)


def submitted(state: Any) -> dict[str, Any]:
    return {"type": "Submitted", "state": state}


def tagged(tags: Any) -> State:
    return State({"type": "Running", "context": {"tags": tags}})


class TestIsFull:
    @pytest.mark.parametrize(("used", "is_full"), [(0, False), (1, False), (2, True), (3, True)], ids=str)
    def test_limit_is_full_from_its_last_slot_on(self, used, is_full):
        assert limit(limit=2, used=used).is_full is is_full

    def test_limit_of_no_slots_is_full(self):
        assert limit(limit=0, used=0).is_full

    @pytest.mark.parametrize("is_closed", [True, False], ids=["closed", "open"])
    def test_limit_with_free_slots_is_full_only_while_its_count_is_closed(self, is_closed):
        assert limit(counting=Counting(since=NOW, is_closed=is_closed)).is_full is is_closed


class TestCheckLimit:
    @pytest.mark.parametrize("slots", [0, 1, 1_000_000])
    def test_limit_may_have_up_to_a_million_slots(self, slots):
        check_limit("db", slots, "tag")

    @pytest.mark.parametrize(("slots", "told"), [(-1, "not -1"), (1_000_001, "not 1,000,001")])
    def test_number_of_slots_out_of_range_is_refused(self, slots, told):
        with pytest.raises(BadUserInput, match=rf"from 0 \(none may run\) to 1,000,000, {told}\.$"):
            check_limit("db", slots, "tag")

    def test_unusable_name_is_refused_by_the_name_of_its_input(self):
        with pytest.raises(BadUserInput, match=r"^tag "):
            check_limit("", 1, "tag")

    def test_the_documented_bounds_are_those_of_the_rules(self):
        assert (MAX_SLOTS, MAX_LIMITS_OF_ONE, MAX_TAGS) == (1_000_000, 90, 500)
        assert (timedelta(seconds=60), timedelta(seconds=30)) == (QUEUED_FOR, TRIED_AGAIN_AFTER)


class TestCheckNotTooMany:
    def test_run_takes_slots_of_ninety_limits(self):
        check_not_too_many([limit()] * 90)

    @pytest.mark.parametrize("kind", list(LimitKind), ids=lambda kind: kind.value)
    def test_more_limits_for_one_run_are_refused(self, kind):
        with pytest.raises(BadUserInput) as refused:
            check_not_too_many([limit(kind=kind)] * 91)

        assert refused.value.message == (
            "State update failed: 91 concurrency limits hold for the run; at most 90 can. "
            f"Delete some of them, or give the run fewer {kind.value}s."
        )


class TestTags:
    def test_tags_are_returned_sorted_and_once_each(self):
        assert tags_of(tagged(["b", "a", "b", 1])) == ["a", "b"]

    @pytest.mark.parametrize(
        "data",
        [{}, {"context": None}, {"context": ["db"]}, {"context": {}}, {"context": {"tags": "db"}}],
        ids=["no context", "null", "list", "no tags", "text"],
    )
    def test_state_without_a_list_of_tags_has_no_tags(self, data):
        state = State({"type": "Running", **data})

        assert tags_of(state) == []
        assert not has_tag(state, "db")

    def test_task_may_have_five_hundred_tags(self):
        assert len(tags_of(tagged([str(number) for number in range(500)]))) == 500

    def test_task_with_more_tags_is_refused(self):
        with pytest.raises(BadUserInput, match=r"at most 500 tags, not 501\.$"):
            tags_of(tagged(["same"] * 501))

    def test_has_tag_is_true_for_a_named_tag_only(self):
        assert has_tag(tagged(["a", "db"]), "db")
        assert not has_tag(tagged(["a"]), "db")


class TestQueued:
    @pytest.mark.parametrize(
        ("before", "kept"),
        [
            (SCHEDULED, SCHEDULED),
            ({"type": "Pending"}, {"type": "Pending"}),
            (submitted(SCHEDULED), SCHEDULED),
            ({"type": "ClientFailed", "state": SCHEDULED}, SCHEDULED),
            ({"type": "Queued", "state": submitted({"type": "Queued", "state": RETRYING})}, RETRYING),
            (submitted(None), None),
            ({"type": "Submitted"}, None),
            (submitted(["no state"]), None),
            (submitted({"type": ["Scheduled"]}), None),
            (submitted({"type": "Unknown"}), None),
            (submitted({}), None),
            # From these a runner would continue without a slot, or never start.
            ({"type": "Running"}, None),
            (submitted({"type": "Running"}), None),
            ({"type": "Cancelling"}, None),
            ({"type": "Success"}, None),
        ],
        ids=str,
    )
    def test_queued_state_contains_the_state_that_a_runner_can_start_from(self, before, kept):
        state = queued(State(before), LimitKind.TAG, ["db"], NOW)

        assert state.type == "Queued"
        assert state.data["state"] == kept

    def test_queued_run_is_due_after_a_minute_and_says_which_limit_is_full(self):
        state = queued(State(SCHEDULED), LimitKind.TAG, ["db"], NOW)

        assert state.due(NOW) == NOW + timedelta(seconds=60)
        assert state.message == "Waits for a free slot: concurrency limit of tag 'db'."

    def test_run_whose_process_cannot_wait_is_scheduled_in_half_a_minute(self):
        state = scheduled_again(LimitKind.LABEL, ["gpu"], NOW)

        assert state.type == "Scheduled"
        assert state.due(NOW) == NOW + timedelta(seconds=30)
        assert state.message == "Waits for a free slot: concurrency limit of label 'gpu'."


class TestWaitingMessage:
    @pytest.mark.parametrize(
        ("names", "told"),
        [(["a"], "'a'."), (["a", "b"], "'a' and 1 more."), (["a", "b", "c"], "'a' and 2 more.")],
        ids=["one", "two", "three"],
    )
    def test_message_names_the_first_limit_and_counts_the_others(self, names, told):
        assert waiting_for(LimitKind.TAG, names) == f"Waits for a free slot: concurrency limit of tag {told}"

    def test_message_is_short_however_many_limits_are_full(self):
        names = ["x" * 200, *map(str, range(88))]

        assert waiting_for(LimitKind.LABEL, names) == (
            f"Waits for a free slot: concurrency limit of label '{'x' * 40}' and 88 more."
        )


@pytest.mark.parametrize(
    ("core_version", "may_wait"),
    [
        ("0.12.0", False),
        ("0.11.9", False),
        ("0.12.1", True),
        ("0.12.1+2.g1a2b3c", True),
        ("0.13.0", True),
        ("1.4.1", True),
        (None, True),
        ("unknown", True),
    ],
)
def test_process_of_a_flow_run_can_wait_from_release_0_12_1_on(core_version, may_wait):
    assert can_wait(core_version) is may_wait


def test_limit_has_an_id_of_its_own_by_tenant_kind_and_name():
    found = {
        limit_id(tenant, kind, name)
        for tenant in (TENANT, OTHER)
        for kind in LimitKind
        for name in ("a", "b")
    }

    assert len(found) == 8
    assert limit_id(TENANT, LimitKind.TAG, "a") in found


def test_refusal_names_the_full_limits():
    refused = NoFreeSlot(("a", "b"))

    assert refused.names == ["a", "b"]
    assert str(refused) == "a, b"


class TestCounting:
    def test_first_count_is_due_at_once(self):
        assert Counting(since=NOW).is_due(NOW)

    def test_second_count_is_due_only_after_the_longest_request(self):
        second = Counting(since=NOW, is_late=True)

        assert not second.is_due(NOW + LONGEST_REQUEST)
        assert second.is_due(NOW + LONGEST_REQUEST + timedelta.resolution)

    def test_count_advances_without_other_changes(self):
        count = Counting(since=NOW, is_closed=True)

        assert count.advanced_to("5") == Counting(since=NOW, is_closed=True, after="5")

    def test_first_count_is_followed_by_an_open_second_one_from_the_start(self):
        first = Counting(since=NOW, is_closed=True, after="5")

        assert first.next_count() == Counting(since=NOW, is_late=True)

    def test_second_count_is_the_last_one(self):
        assert Counting(since=NOW, is_late=True).next_count() is None
