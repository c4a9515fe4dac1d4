"""The rules by which runs of one schedule begin, wait or are skipped."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from domain.flow_runs.flow_runs import FlowRun, RunInputs
from domain.flow_runs.histories import HistoryEntry
from domain.flow_runs.run_rules import Overlap, RunRules
from domain.flow_runs.states import State
from domain.schedules.rules.skips import SkipReason
from domain.schedules.runs.beginning import rule
from domain.schedules.runs.lateness import cleared, too_late
from domain.schedules.runs.signs import claims_first, is_over, is_untouched, needs_turn, was_skipped
from domain.schedules.runs.turns import Begin, CancelFirst, Skip, Turn, Wait
from domain.times import format_time

DUE = datetime(2040, 1, 1, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOW = DUE + 2 * MINUTE


def run(name, state="Scheduled", *, due=DUE, overlap=Overlap.BUFFER_ALL, message=None, start=None, **more):
    """Return a run that is due at a time. It was made a day before, and waits until `start`."""
    data = {"type": state, "message": message}
    if state in ("Scheduled", "Queued"):
        data["start_time"] = format_time(start or due)
    values = {
        "id": name,
        "tenant_id": "t",
        "flow_id": "f",
        "flow_group_id": "g",
        "name": name,
        "labels": [],
        "version": 1,
        "created": DUE - 24 * HOUR,
        "updated": DUE,
        "scheduled_start_time": due,
        "auto_scheduled": True,
        "task_count": 0,
        "start_time": None,
        "end_time": None,
        "heartbeat": None,
        "inputs": RunInputs(),
        "rules": RunRules(overlap=overlap),
        "history": (HistoryEntry(version=1, timestamp=DUE, state=State(data), token=b""),),
    }
    return FlowRun(**values | more)


def ruled(mine, *, holder=None, waiting=None, now=NOW):
    turn = Turn(group_id="g", revision=7, holder=holder and holder.id, waiting=waiting and waiting.id)
    others = {other.id: other for other in (holder, waiting) if other is not None and other.id != mine.id}
    return rule(mine, turn, others, now)


RUNNING = run("holder", "Running", due=DUE - HOUR)


@pytest.mark.parametrize("overlap", [*Overlap])
def test_a_run_needs_a_turn_to_come_to_submitted_or_running_if_a_rule_says_so(overlap):
    for state, needs in (
        *(("Scheduled", True), ("Queued", True), ("Cancelling", True), ("Failed", True)),
        *(("Submitted", False), ("Running", False)),
    ):
        assert needs_turn(run("a", state, overlap=overlap)) is (needs and overlap is not Overlap.ALLOW)
    assert not needs_turn(run("a", rules=None))


@pytest.mark.parametrize(
    ("state", "more", "over"),
    [
        *(
            (state, {}, True)
            for state in ("Success", "Failed", "Cancelled", "Scheduled", "Pending", "Paused")
        ),
        *((state, {}, False) for state in ("Submitted", "Running", "Cancelling", "Queued")),
        ("Scheduled", {"start_time": DUE}, False),
        ("Scheduled", {"begun": True}, False),
        ("Scheduled", {"times_resurrected": 1}, False),
        ("Failed", {"start_time": DUE}, True),
    ],
)
def test_a_run_is_over_when_it_has_ended_or_waits_and_has_not_begun(state, more, over):
    assert is_over(run("a", state, **more)) is over


@pytest.mark.parametrize(
    "overlap", [Overlap.SKIP, Overlap.BUFFER_ONE, Overlap.BUFFER_ALL, Overlap.CANCEL_OTHER]
)
class TestFreeTurn:
    def test_a_run_takes_a_turn_that_nobody_has(self, overlap):
        mine = run("a", overlap=overlap)

        for holder in (None, mine, run("holder", "Success"), run("holder")):
            turn = Turn(group_id="g", revision=8, holder="a")
            assert ruled(mine, holder=holder) == Begin(turn)

    def test_the_one_that_waits_is_let_in_first_if_it_is_due_earlier(self, overlap):
        mine, ahead = run("b", overlap=overlap), run("ahead", due=DUE - MINUTE, start=NOW)

        ruling = ruled(mine, holder=run("holder", "Success"), waiting=ahead)

        assert isinstance(ruling, Wait)
        assert ruling.turn is None
        assert ruling.message == "Waits for its turn: flow run ahead of the same schedule is next."

    @pytest.mark.parametrize(
        "ahead",
        [
            run("ahead", due=DUE - MINUTE, start=NOW - MINUTE),  # nobody asks for it
            run("ahead", "Paused", due=DUE - MINUTE),
            run("ahead", "Cancelled", due=DUE - MINUTE),
            run("ahead", due=DUE + MINUTE, start=NOW),
        ],
    )
    def test_one_that_does_not_ask_or_is_due_later_is_not_let_in_first(self, overlap, ahead):
        ruling = ruled(run("b", overlap=overlap), waiting=ahead)

        assert isinstance(ruling, Begin)
        assert ruling.turn is not None
        keeps = ahead.state.type == "Scheduled"
        assert ruling.turn.waiting == ("ahead" if keeps else None)

    def test_the_next_one_begins_and_waits_no_more(self, overlap):
        mine = run("a", overlap=overlap)

        assert ruled(mine, holder=run("holder", "Success"), waiting=mine) == Begin(
            Turn(group_id="g", revision=8, holder="a")
        )


class TestTakenTurn:
    def test_a_run_that_may_not_overlap_is_skipped(self):
        assert ruled(run("a", overlap=Overlap.SKIP), holder=RUNNING) == Skip(
            SkipReason.OVERLAP, "Flow run holder of the same schedule was not over."
        )

    def test_a_run_that_may_cancel_others_cancels_the_holder_first(self):
        mine = run("a", overlap=Overlap.CANCEL_OTHER)

        assert ruled(mine, holder=RUNNING) == CancelFirst("holder")
        assert isinstance(ruled(mine, holder=run("holder", "Cancelling", due=DUE - HOUR)), Wait)
        assert isinstance(ruled(mine, holder=run("holder", "Running", due=DUE + HOUR)), Skip)

    @pytest.mark.parametrize("overlap", [Overlap.BUFFER_ONE, Overlap.BUFFER_ALL])
    def test_the_first_that_waits_is_noted_as_the_next_one(self, overlap):
        mine = run("a", overlap=overlap)
        for waiting in (None, run("gone", "Success"), run("gone", "Paused")):
            ruling = ruled(mine, holder=RUNNING, waiting=waiting)
            assert isinstance(ruling, Wait)
            assert ruling.turn == Turn(group_id="g", revision=8, holder="holder", waiting="a")

        again = ruled(mine, holder=RUNNING, waiting=mine)
        assert isinstance(again, Wait)
        assert again.turn is None

    def test_buffer_one_skips_another_one_and_buffer_all_lets_it_wait(self):
        earlier, later = run("w", due=DUE - MINUTE), run("w", due=DUE + MINUTE)
        for waiting in (earlier, later):
            assert isinstance(
                ruled(run("a", overlap=Overlap.BUFFER_ONE), holder=RUNNING, waiting=waiting), Skip
            )

        behind = ruled(run("a"), holder=RUNNING, waiting=earlier)
        before = ruled(run("a"), holder=RUNNING, waiting=later)
        assert isinstance(behind, Wait)
        assert behind.turn is None
        assert isinstance(before, Wait)
        assert before.turn is not None
        assert before.turn.waiting == "a"

    @pytest.mark.parametrize("overlap", [Overlap.SKIP, Overlap.BUFFER_ONE, Overlap.CANCEL_OTHER])
    @pytest.mark.parametrize("begun", [{"start_time": DUE}, {"begun": True}, {"times_resurrected": 1}])
    def test_a_run_that_has_begun_waits_and_is_not_noted(self, overlap, begun):
        ruling = ruled(run("a", overlap=overlap, **begun), holder=RUNNING, waiting=run("w"))

        assert isinstance(ruling, Wait)
        assert ruling.turn is None

    @pytest.mark.parametrize(
        ("waited", "behind", "as_next"),
        [(0, 30, 30), (300, 30, 30), (450, 45, 45), (900, 90, 60), (3_000, 300, 60), (90_000, 300, 60)],
    )
    def test_a_run_asks_again_the_later_the_longer_it_waits(self, waited, behind, as_next):
        now = DUE + timedelta(seconds=waited)
        waits = {
            waiting.id: ruled(run("a"), holder=RUNNING, waiting=waiting, now=now)
            for waiting in (run("w", due=DUE - MINUTE), run("a"))
        }

        assert waits["w"].again - now == timedelta(seconds=behind)
        assert waits["a"].again - now == timedelta(seconds=as_next)


class TestLate:
    @pytest.mark.parametrize("spans", [(HOUR, None), (None, HOUR), (HOUR, 2 * HOUR), (HOUR, MINUTE)])
    def test_a_run_is_late_after_the_span_of_its_rule_else_of_the_deployment(self, spans):
        rule_of_run, default = spans
        mine = run("a", rules=RunRules(late_after=rule_of_run))

        assert too_late(mine, DUE + HOUR, default) is None
        skip = too_late(mine, DUE + HOUR + MINUTE, default)
        assert skip == Skip(
            SkipReason.LATE,
            "It was due at 2040-01-01T12:00:00+00:00, which is more than 1:00:00 ago.",
        )

    def test_no_run_is_late_without_a_span(self):
        assert too_late(run("a"), DUE + 1_000 * HOUR, None) is None
        assert too_late(run("a", auto_scheduled=False), DUE + 1_000 * HOUR, HOUR) is None

    def test_a_run_that_was_made_late_has_its_time_from_then_on(self):
        mine = run("a", created=DUE + 5 * HOUR)

        assert too_late(mine, DUE + 6 * HOUR, HOUR) is None
        assert too_late(mine, DUE + 6 * HOUR + MINUTE, HOUR) is not None

    @pytest.mark.parametrize(
        "mine",
        [
            run("a", start_time=DUE),
            run("a", begun=True),
            run("a", times_resurrected=1),
            run("a", version=2),
            run("a", "Submitted", version=2),
            run("a", "Running", version=3),
            run("a", "Cancelled", version=2),
            run("a", "Cancelled"),
        ],
    )
    def test_a_run_that_was_begun_or_scheduled_by_a_user_is_never_late(self, mine):
        assert too_late(mine, DUE + 9 * HOUR, HOUR) is None
        assert cleared(mine, DUE + 9 * HOUR, HOUR) is None

    @pytest.mark.parametrize("state", ["Scheduled", "Queued"])
    def test_a_run_that_waits_for_its_turn_may_be_late(self, state):
        wait = ruled(run("a"), holder=RUNNING)
        assert isinstance(wait, Wait)
        mine = run("a", state, version=9, message=wait.message, start=DUE + 9 * HOUR)

        assert too_late(mine, DUE + HOUR + MINUTE, HOUR) is not None

    def test_automatic_runs_are_cleared_from_their_due_time_on(self):
        assert cleared(run("a"), DUE - MINUTE, timedelta(0)) is None
        assert cleared(run("a"), DUE + HOUR - MINUTE, HOUR) is None
        for late_after in (timedelta(0), HOUR):
            assert cleared(run("a"), DUE + HOUR, late_after) == Skip(
                SkipReason.LATE,
                "It was due at 2040-01-01T12:00:00+00:00, and late runs were cleared.",
            )
        assert cleared(run("a", auto_scheduled=False), DUE + HOUR, HOUR) is None


def test_a_skipped_run_is_known_by_its_state():
    skip = ruled(run("a", overlap=Overlap.SKIP), holder=RUNNING)
    assert isinstance(skip, Skip)
    assert skip.of_state == "Skipped: flow run holder of the same schedule was not over."

    assert was_skipped(run("a", "Cancelled", message=skip.of_state))
    assert not was_skipped(run("a", "Cancelled", message="Cancelled before it ran."))
    assert not was_skipped(run("a", "Cancelled"))
    assert not was_skipped(run("a", "Scheduled", message=skip.of_state))


def test_agents_claim_first_from_0_9_2_on():
    assert [claims_first(release) for release in ("0.8.1", "0.9.1", "0.9.2", "1.4.1", None, "odd")] == [
        *(False, False, True, True, True, True)
    ]


def test_runs_that_are_due_at_once_have_an_order():
    one, other = run("a", overlap=Overlap.CANCEL_OTHER), run("b", "Running")

    assert isinstance(ruled(one, holder=other), Skip)
    assert ruled(replace(one, id="c"), holder=other) == CancelFirst("b")


def test_a_turn_names_the_other_runs_on_which_it_depends():
    turn = Turn(group_id="g", holder="a", waiting="b")

    assert turn.of_others(run("a")) == ["b"]
    assert turn.of_others(run("c")) == ["a", "b"]
    assert Turn(group_id="g").of_others(run("c")) == []


WAITS = "Waits for its turn: flow run holder of the same schedule is not over."


def with_states(*states, first=1, **more):
    """Return a run with these states, types with or without a message. `first` is the first version."""
    pairs = [(state, None) if isinstance(state, str) else state for state in states]
    history = tuple(
        HistoryEntry(
            version=version, timestamp=DUE, state=State({"type": name, "message": message}), token=b""
        )
        for version, (name, message) in enumerate(pairs, first)
    )
    return run("a", history=history, version=history[-1].version, **more)


@pytest.mark.parametrize("states", [[], [("Scheduled", WAITS)], [("Queued", WAITS), ("Scheduled", WAITS)]])
def test_a_run_that_only_waits_is_untouched(states):
    states = ["Scheduled", *states]

    assert is_untouched(with_states(*states))
    for more in (
        *({"edited": True}, {"auto_scheduled": False}, {"start_time": DUE}),
        *({"begun": True}, {"times_resurrected": 1}),
    ):
        assert not is_untouched(with_states(*states, **more))


@pytest.mark.parametrize("state", ["Scheduled", "Submitted", "Running", "Paused", "Cancelled", "Queued"])
def test_a_run_is_touched_by_any_other_state_also_if_it_waits_since(state):
    assert not is_untouched(with_states("Scheduled", state))
    assert not is_untouched(with_states("Scheduled", state, ("Scheduled", WAITS)))
    assert not is_untouched(with_states("Scheduled", ("Scheduled", WAITS), (state, "Again.")))


@pytest.mark.parametrize("late", [partial(too_late, default=HOUR), partial(cleared, late_after=HOUR)])
def test_a_run_that_a_user_scheduled_anew_is_never_late_also_if_it_waits_since(late):
    wait = ("Scheduled", WAITS)

    assert late(with_states("Scheduled", wait, ("Queued", WAITS), wait), now=DUE + 9 * HOUR) is not None
    assert late(with_states(wait, wait, first=7), now=DUE + 9 * HOUR) is not None
    for states in (("Scheduled", "Scheduled", wait), ("Scheduled", wait, ("Scheduled", "Again."), wait)):
        assert late(with_states(*states), now=DUE + 9 * HOUR) is None
    assert late(with_states("Scheduled", wait, first=7), now=DUE + 9 * HOUR) is None


def test_a_run_of_which_not_all_states_are_known_counts_as_touched():
    assert not is_untouched(with_states(("Scheduled", WAITS), ("Scheduled", WAITS), first=2))
