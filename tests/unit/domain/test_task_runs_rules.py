"""The rules of task runs: their first states, their times, and when one may run."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import BadUserInput
from domain.flow_runs.states import State
from domain.task_runs.task_runs import (
    MAX_MAP_INDEX,
    NOT_MAPPED,
    Address,
    CachedAs,
    begun,
    check_map_index,
    check_may_run,
    not_begun,
)
from tests.unit.objects import NOW, RUN, run

ADDRESS = Address(RUN, 1)
AT = datetime(2026, 1, 31, 9, tzinfo=UTC)
TOKEN = b"token!"


class TestNotBegun:
    def test_task_run_is_pending_without_times_before_its_first_state(self):
        task_run = not_begun(run({"type": "Scheduled"}, {"type": "Running"}), ADDRESS)

        assert (task_run.version, task_run.state.type) == (1, "Pending")
        assert (task_run.created, task_run.updated) == (NOW, NOW)
        assert (task_run.start_time, task_run.end_time, task_run.heartbeat) == (None, None, None)
        assert (task_run.name, task_run.cache_key) == (None, None)

    @pytest.mark.parametrize("state", ["Success", "Failed", "Cancelling", "TriggerFailed"])
    def test_task_run_stays_pending_whatever_else_its_flow_run_becomes(self, state):
        assert not_begun(run({"type": "Scheduled"}, {"type": state}), ADDRESS).state.type == "Pending"

    def test_task_run_of_a_cancelled_flow_run_is_cancelled_and_ended(self):
        cancelled = {"type": "Cancelled", "message": "No."}

        task_run = not_begun(run({"type": "Scheduled"}, cancelled), ADDRESS)

        assert [entry.state.type for entry in task_run.history] == ["Pending", "Cancelled"]
        assert (task_run.version, task_run.state.data) == (2, cancelled)
        assert (task_run.start_time, task_run.end_time) == (None, NOW)


class TestBegun:
    @staticmethod
    def begin(state, cached=None):
        return begun(not_begun(run({"type": "Running"}), ADDRESS), State(state), AT, TOKEN, cached)

    def test_first_state_follows_pending(self):
        task_run = self.begin({"type": "Retrying"})

        assert [(entry.version, entry.state.type) for entry in task_run.history] == [
            (1, "Pending"),
            (2, "Retrying"),
        ]
        assert (task_run.version, task_run.updated, task_run.latest.token) == (2, AT, TOKEN)

    @pytest.mark.parametrize(
        ("state", "start_time", "end_time"),
        [
            ("Pending", None, None),
            ("Retrying", None, None),
            ("Running", AT, None),
            ("Success", None, AT),
            ("Failed", None, AT),
            ("Mapped", None, None),
            ("TriggerFailed", None, None),
        ],
    )
    def test_first_state_sets_the_times_of_its_type(self, state, start_time, end_time):
        task_run = self.begin({"type": state})

        assert (task_run.start_time, task_run.end_time) == (start_time, end_time)

    def test_cached_task_run_has_the_cache_key_of_its_task(self):
        assert self.begin({"type": "Cached"}, CachedAs("task", "shared")).cache_key == "shared"
        assert self.begin({"type": "Success"}).cache_key is None

    def test_end_of_a_cancelled_task_run_moves_with_its_own_first_state(self):
        cancelled = not_begun(run({"type": "Scheduled"}, {"type": "Cancelled"}), ADDRESS)

        later = NOW + timedelta(hours=1)
        assert begun(cancelled, State({"type": "Failed"}), later, TOKEN).end_time == later
        assert begun(cancelled, State({"type": "Mapped"}), later, TOKEN).end_time == NOW


class TestMayRun:
    def test_task_run_may_run_in_a_running_flow_run(self):
        check_may_run(run({"type": "Running"}), ADDRESS.id)

    @pytest.mark.parametrize("state", ["Scheduled", "Submitted", "Cancelling", "Success"])
    def test_task_run_may_not_run_in_any_other_flow_run(self, state):
        with pytest.raises(BadUserInput) as refused:
            check_may_run(run({"type": state}), ADDRESS.id)

        assert refused.value.message == (
            f"State update failed: task run {ADDRESS.id} cannot be Running "
            f"while its flow run {RUN} is {state}."
        )


class TestMapIndex:
    @pytest.mark.parametrize("index", [NOT_MAPPED, 0, MAX_MAP_INDEX])
    def test_index_from_minus_one_to_the_largest_is_returned(self, index):
        assert check_map_index(index) == index

    @pytest.mark.parametrize("index", [-2, 10_000_000])
    def test_index_out_of_range_is_refused(self, index):
        with pytest.raises(BadUserInput, match=rf"from -1 \(not mapped\) to 9,999,999, not {index}\.$"):
            check_map_index(index)

    def test_address_has_index_minus_one_unless_another_is_given(self):
        assert Address(RUN, 1).map_index == -1
