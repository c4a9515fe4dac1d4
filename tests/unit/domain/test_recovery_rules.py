from dataclasses import replace
from datetime import timedelta

import pytest

from domain.flows.tasks import task_outlines, tasks_of
from domain.recovery.rules import Act, RecoverySettings, Switches, covers_task_runs, judge, state_after_death
from tests.unit.objects import FLOW, NOW, TENANT, run

SETTINGS = RecoverySettings()
MINUTE = timedelta(minutes=1)


def task(**serialized):
    (found,) = tasks_of(FLOW, TENANT, NOW, task_outlines({"tasks": [{"slug": "one-1", **serialized}]}))
    return found


class TestDeadTaskRun:
    @pytest.mark.parametrize(
        ("max_retries", "times_retried", "state"),
        [
            pytest.param(0, 0, "Failed", id="no retries"),
            pytest.param(1, 0, "Retrying", id="the first of one"),
            pytest.param(1, 1, "Failed", id="none left of one"),
            pytest.param(3, 2, "Retrying", id="the last of three"),
            pytest.param(3, 4, "Failed", id="more than there are"),
        ],
    )
    def test_dead_task_run_is_retried_while_retries_are_left(self, max_retries, times_retried, state):
        assert state_after_death(task(max_retries=max_retries), times_retried, NOW).type == state

    def test_dead_task_run_of_unknown_task_fails(self):
        assert state_after_death(None, 0, NOW).type == "Failed"

    @pytest.mark.parametrize(
        ("delay", "start"),
        [
            (None, "2026-01-31T08:00:00+00:00"),
            (90.5, "2026-01-31T08:01:30.5+00:00"),
            (7200, "2026-01-31T10:00:00+00:00"),
            (1e13, "2036-01-29T08:00:00+00:00"),
        ],
        ids=["none", "with a fraction", "hours", "for ever"],
    )
    def test_retry_starts_after_the_delay_of_the_task_and_counts_runs(self, delay, start):
        state = state_after_death(task(max_retries=5, retry_delay=delay), 2, NOW)

        assert (state.data["start_time"], state.data["run_count"]) == (start, 3)


def verdict(state, silence, *, active=False, switches=None, settings=SETTINGS, **more):
    found = judge(
        run({"type": state}, **more),
        silence,
        active=active,
        switches=switches or Switches(),
        settings=settings,
        now=NOW,
    )
    return found and (found.act, found.state.type)


RESCHEDULED = (Act.RESCHEDULE, "Scheduled")
CANCELLED = (Act.CANCEL, "Cancelled")
GIVEN_UP = (Act.GIVE_UP, "Failed")


class TestSilentFlowRun:
    @pytest.mark.parametrize(
        ("state", "minutes", "expected"),
        [
            ("Submitted", 10, None),
            ("Submitted", 10.1, RESCHEDULED),
            ("Running", 10, None),
            ("Running", 10.1, RESCHEDULED),
            ("Cancelling", 2, None),
            ("Cancelling", 2.1, CANCELLED),
            ("Pending", 1000, None),
            ("Scheduled", 1000, None),
            ("Paused", 1000, None),
            ("Success", 1000, None),
            ("Cancelled", 1000, None),
        ],
    )
    def test_verdict_depends_on_state_and_silence(self, state, minutes, expected):
        assert verdict(state, minutes * MINUTE) == expected

    @pytest.mark.parametrize(("times", "expected"), [(0, RESCHEDULED), (2, RESCHEDULED), (3, GIVEN_UP)])
    def test_silent_run_is_rescheduled_a_few_times_and_then_fails(self, times, expected):
        assert verdict("Running", 11 * MINUTE, times_resurrected=times) == expected

    def test_silent_run_fails_at_once_if_max_reschedules_is_zero(self):
        settings = replace(SETTINGS, max_reschedules=0)

        assert verdict("Running", 11 * MINUTE, settings=settings) == GIVEN_UP

    def test_run_with_active_task_run_is_left_alone(self):
        assert verdict("Running", 60 * MINUTE, active=True) is None

    def test_cancelling_run_is_cancelled_even_with_active_task_run(self):
        assert verdict("Cancelling", 3 * MINUTE, active=True) == CANCELLED

    def test_rescheduled_run_is_due_at_once(self):
        found = judge(
            run({"type": "Running"}),
            11 * MINUTE,
            active=False,
            switches=Switches(),
            settings=SETTINGS,
            now=NOW,
        )

        assert found is not None
        assert found.state.due(NOW) == NOW


class TestSwitches:
    @pytest.mark.parametrize(
        ("settings", "expected"),
        [
            ({}, Switches(heartbeats=True, lazarus=True)),
            ({"heartbeat_enabled": True, "disable_heartbeat": False}, Switches()),
            ({"heartbeat_enabled": False}, Switches(heartbeats=False)),
            ({"heartbeat_enabled": True, "disable_heartbeat": True}, Switches(heartbeats=False)),
            ({"lazarus_enabled": False}, Switches(lazarus=False)),
        ],
    )
    def test_switches_are_on_by_default_and_read_in_both_spellings(self, settings, expected):
        assert Switches.of(settings) == expected

    @pytest.mark.parametrize("state", ["Submitted", "Running", "Cancelling"])
    def test_silent_run_is_left_alone_if_heartbeats_are_off(self, state):
        assert verdict(state, 60 * MINUTE, switches=Switches(heartbeats=False)) is None

    def test_silent_run_is_not_rescheduled_if_lazarus_is_off(self):
        off = Switches(lazarus=False)

        assert verdict("Running", 60 * MINUTE, switches=off) is None
        assert verdict("Running", 60 * MINUTE, switches=off, times_resurrected=3) is None
        assert verdict("Cancelling", 60 * MINUTE, switches=off) == CANCELLED


@pytest.mark.parametrize(
    ("release", "covers"),
    [
        (None, False),
        ("", False),
        ("0.8.1", False),
        ("0.15.3", False),
        ("0.15.4", True),
        ("0.15.13+3.gabcdef", True),
        ("1.4.1", True),
        ("one", False),
    ],
)
def test_heartbeat_of_flow_run_covers_task_runs_from_0_15_4_on(release, covers):
    assert covers_task_runs(release) is covers
