"""Runs of one schedule do not overlap, if its rules say so: who begins, who waits, who is skipped."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from functools import partial

import pytest

from domain.errors import BadUserInput, VersionLockingError
from domain.flow_runs.states import State
from domain.schedules.rules.skips import SkipReason
from operations.flow_runs.deleting import delete_flow_run
from operations.flow_runs.ending import cancel_flow_run
from operations.flow_runs.optional_locking import set_flow_run_state_with_optional_lock
from operations.flow_runs.states import set_flow_run_labels, set_flow_run_name
from operations.flows.deleting import delete_flow
from operations.queue.polling import get_runs_in_queue
from tests.contract.clients import Deaf
from tests.contract.data_model import rows_of, scoped, undocumented
from tests.contract.factories import at_once
from tests.contract.gaps import OneGap, put_items_back
from tests.contract.limits import limit_label, slots
from tests.contract.mortals import interrupted
from tests.contract.ruled_runs import claim, due_runs, group_of, ruled_flow, skipped
from tests.examples import each_gap

pytestmark = pytest.mark.usefixtures("pauses")
POLICIES = ("skip", "buffer_one", "buffer_all", "cancel_other")
BEGUN = {"Submitted", "Running", "Cancelling"}


def states(world, run_ids):
    return [world.run(run_id).state.type for run_id in run_ids]


def begun(world, run_ids):
    return [run_id for run_id in run_ids if world.run(run_id).state.type in BEGUN]


def of_release(world, release):
    """Return the same tenant for a client of a release of Core."""
    other = world.through(world.client)
    other.context = replace(world.context, core_version=release)
    return other


class TestPolicies:
    def test_run_that_would_overlap_is_skipped_and_says_why(self, world):
        first, second = due_runs(world, 2, overlap="skip")
        assert claim(world, first) == "Submitted"

        with pytest.raises(
            BadUserInput, match=r"^State update failed: flow run .* does not begin\. Skipped:"
        ):
            world.set(second, "Submitted", 1)

        run = world.run(second)
        message = f"Skipped: flow run {first} of the same schedule was not over."
        assert (run.state.type, run.state.message, run.version) == ("Cancelled", message, 2)
        (note,) = skipped(world).values()
        assert (note.flow_run_id, note.reason) == (second, SkipReason.OVERLAP)
        assert note.message == f"Flow run {first} of the same schedule was not over."
        assert (note.time, note.decided) == (run.scheduled_start_time, world.clock())
        assert note.flow_group_id == run.flow_group_id
        assert get_runs_in_queue(world.context, None, []) == []

    def test_items_of_runs_with_rules_are_in_the_data_model(self, world):
        first, second, third = due_runs(world, 3, overlap="buffer_one")
        for run_id in (first, second, third):
            claim(world, run_id)

        items = [scoped(item, world.tenant_id) for item in world.items()]
        assert {row.name for item in items for row in rows_of(item)} >= {
            "turn of the group's runs, if they do not overlap",
            "occurrence of a schedule that did not run",
        }
        assert undocumented(items) == set()

    @pytest.mark.parametrize("end", ["Success", "Failed", "Cancelled"])
    def test_run_begins_when_the_one_before_is_over(self, world, end):
        first, second, third = due_runs(world, 3, overlap="skip")
        assert claim(world, first) == "Submitted"
        assert claim(world, first, "Running") == "Running"
        assert claim(world, second) == "Cancelled"
        world.set(first, end)

        assert claim(world, third) == "Submitted"
        assert claim(world, third, "Running") == "Running"

    def test_one_run_waits_and_others_are_skipped(self, world):
        ids = due_runs(world, 4, overlap="buffer_one")
        assert [claim(world, run_id) for run_id in ids[:3]] == ["Submitted", "Scheduled", "Cancelled"]

        waiting = world.run(ids[1])
        assert (
            waiting.state.message
            == f"Waits for its turn: flow run {ids[0]} of the same schedule is not over."
        )
        assert get_runs_in_queue(world.context, None, []) == [ids[3]]
        world.clock.advance(minutes=6)
        assert get_runs_in_queue(world.context, None, []) == [ids[3], ids[1]]
        assert claim(world, ids[1]) == "Scheduled"
        world.set(ids[0], "Success")
        assert claim(world, ids[3]) == "Scheduled"  # it is due later than the one that waits
        assert claim(world, ids[1]) == "Submitted"
        assert claim(world, ids[3]) == "Scheduled"
        assert list(skipped(world)) == [ids[2]]

    def test_all_runs_wait_and_begin_in_the_order_of_their_due_times(self, world):
        ids = due_runs(world, 4, overlap="buffer_all")
        assert claim(world, ids[0]) == "Submitted"
        order = [ids[0]]
        while len(order) < 4:
            waiting = [run_id for run_id in reversed(ids) if run_id not in order]
            assert [claim(world, run_id) for run_id in waiting] == ["Scheduled"] * len(waiting)
            world.set(order[-1], "Success")
            for run_id in waiting:
                claim(world, run_id)
            order += [run_id for run_id in begun(world, ids) if run_id not in order]

        assert order == ids
        assert skipped(world) == {}

    def test_a_waiting_run_without_agents_keeps_no_other_from_its_turn(self, world):
        first, second, third = due_runs(world, 3, overlap="buffer_all")
        assert [claim(world, run_id) for run_id in (first, second)] == ["Submitted", "Scheduled"]
        world.set(first, "Success")
        assert claim(world, third) == "Scheduled"

        world.clock.advance(minutes=12)

        assert claim(world, third) == "Submitted"

    def test_a_running_run_is_cancelled_and_the_next_one_begins_after_it(self, world):
        first, second = due_runs(world, 2, overlap="cancel_other")
        assert claim(world, first) == "Submitted"
        assert claim(world, first, "Running") == "Running"

        assert claim(world, second) == "Scheduled"
        run = world.run(first)
        assert run.state.type == "Cancelling"
        assert run.state.message == f"Cancelled: flow run {second} of the same schedule is to begin."
        assert claim(world, second) == "Scheduled"
        world.set(first, "Cancelled")
        assert claim(world, second) == "Submitted"

    def test_a_submitted_run_is_cancelled_and_the_next_one_begins_at_once(self, world):
        first, second = due_runs(world, 2, overlap="cancel_other")
        assert claim(world, first) == "Submitted"

        assert claim(world, second) == "Submitted"
        assert world.run(first).state.type == "Cancelled"

    def test_a_run_never_cancels_one_that_is_due_later(self, world):
        first, second = due_runs(world, 2, overlap="cancel_other")
        assert claim(world, second) == "Submitted"

        assert claim(world, first) == "Cancelled"
        assert world.run(second).state.type == "Submitted"
        assert list(skipped(world)) == [first]

    @pytest.mark.parametrize("rules", [{}, {"overlap": "allow"}, {"late_after": 7200}], ids=str)
    def test_runs_overlap_without_a_rule(self, world, rules):
        ids = due_runs(world, 2, **rules)

        assert [claim(world, run_id) for run_id in ids] == ["Submitted"] * 2
        assert world.items("overlap") == []

    def test_schedules_do_not_wait_for_each_other(self, world):
        (one,), (other,) = due_runs(world, 1, overlap="skip"), due_runs(world, 1, overlap="skip")

        assert [claim(world, run_id) for run_id in (one, other)] == ["Submitted"] * 2


class TestClients:
    def test_process_that_asks_for_running_waits_in_its_queue(self, world):
        first, second = due_runs(world, 2, overlap="buffer_one")
        assert claim(world, first, "Running") == "Running"

        run = world.set(second, "Running", 1)
        assert (run.state.type, run.version) == ("Queued", 2)
        world.set(first, "Success")
        assert world.set(second, "Running", 2).state.type == "Running"

    def test_process_of_a_release_that_cannot_wait_is_refused_and_scheduled_again(self, world):
        first, second = due_runs(world, 2, overlap="buffer_one")
        assert claim(world, first, "Running") == "Running"

        with pytest.raises(BadUserInput, match=r"^State update failed: .* Waits for its turn"):
            of_release(world, "0.8.1").set(second, "Running", 1)
        assert world.run(second).state.type == "Scheduled"

    @pytest.mark.parametrize("policy", ["skip", "buffer_one"])
    def test_agent_that_has_started_the_process_gets_no_error_and_the_process_does(self, world, policy):
        first, second = due_runs(world, 2, overlap=policy)
        old = of_release(world, "0.8.1")
        assert claim(world, first) == "Submitted"

        changed = old.set(second, "Submitted", 1)

        assert changed.state.type == {"skip": "Cancelled", "buffer_one": "Scheduled"}[policy]
        with pytest.raises((BadUserInput, VersionLockingError)):
            old.set(second, "Running", 1)
        assert begun(world, [first, second]) == [first]

    @pytest.mark.parametrize("policy", ["skip", "buffer_all"])
    def test_agent_that_would_start_a_process_in_vain_gets_no_run(self, world, policy):
        first, *others = due_runs(world, 3, overlap=policy)
        old = of_release(world, "0.8.1")
        assert get_runs_in_queue(old.context, None, []) == [first, *others]
        assert claim(old, first) == "Submitted"
        assert get_runs_in_queue(world.context, None, []) == others

        for _ in range(3):  # of two that would be the next one at once, one is looked at again
            assert get_runs_in_queue(old.context, None, []) == []
        assert set(states(world, others)) == {{"skip": "Cancelled", "buffer_all": "Scheduled"}[policy]}
        assert len(skipped(world)) == (2 if policy == "skip" else 0)
        assert get_runs_in_queue(world.context, None, []) == []
        world.set(first, "Success")
        world.clock.advance(seconds=61)
        offered = get_runs_in_queue(old.context, None, [])
        assert offered == (others[:1] if policy == "buffer_all" else [])

    def test_process_of_a_skipped_run_is_refused(self, world):
        first, second = due_runs(world, 2, overlap="skip")
        assert claim(world, first, "Running") == "Running"

        with pytest.raises(BadUserInput, match="Skipped: flow run"):
            world.set(second, "Running", 1)
        assert world.run(second).state.type == "Cancelled"

    @pytest.mark.parametrize("state", ["Submitted", "Running"])
    def test_a_skipped_run_begins_only_after_a_user_scheduled_it_anew(self, world, state):
        first, second = due_runs(world, 2, overlap="skip")
        group_id = world.run(first).flow_group_id
        group = world.store.flows.group(group_id)
        unlocked = {**group.settings, "version_locking_enabled": False}
        assert world.store.flow_groups.change(group, replace(group, settings=unlocked))
        assert [claim(world, run_id) for run_id in (first, second)] == ["Submitted", "Cancelled"]
        world.set(first, "Success")

        with pytest.raises(BadUserInput, match=r"does not begin\. Skipped: "):
            set_flow_run_state_with_optional_lock(world.context, second, 1, State({"type": state}))
        assert world.types(second) == ["Scheduled", "Cancelled"]
        world.set(second, "Scheduled")
        assert claim(world, second, state) == state

    def test_a_stale_version_is_a_conflict_and_changes_nothing(self, world):
        first, second = due_runs(world, 2, overlap="skip")
        assert claim(world, first) == "Submitted"

        for state in ("Submitted", "Running"):
            with pytest.raises(VersionLockingError):
                world.set(second, state, 7)
        assert world.types(second) == ["Scheduled"]

    def test_run_waits_for_a_slot_and_keeps_its_turn_meanwhile(self, world):
        first, second = due_runs(world, 2, overlap="skip")
        for run_id in (first, second):
            set_flow_run_labels(world.context, run_id, ["gpu"])
        limit_label(world, "gpu", 0)
        assert claim(world, first) == "Submitted"
        assert claim(world, first, "Running") == "Queued"

        assert claim(world, second) == "Cancelled"
        limit_label(world, "gpu", 1)
        assert claim(world, first, "Running") == "Running"
        assert slots(world) == {"gpu": 1}

    def test_run_without_a_free_slot_takes_no_turn(self, world):
        first, second = due_runs(world, 2, overlap="skip")
        set_flow_run_labels(world.context, first, ["gpu"])
        limit_label(world, "gpu", 0)
        assert claim(world, first, "Running") == "Queued"

        assert claim(world, second, "Running") == "Running"
        limit_label(world, "gpu", 1)
        assert claim(world, first, "Running") == "Cancelled"
        assert slots(world) == {"gpu": 0}


class TestHolders:
    def test_deleted_run_leaves_its_turn(self, world):
        first, second = due_runs(world, 2, overlap="skip")
        assert claim(world, first, "Running") == "Running"
        delete_flow_run(world.context, first)

        assert claim(world, second) == "Submitted"

    def test_run_that_was_scheduled_again_before_it_began_leaves_its_turn(self, world):
        first, second = due_runs(world, 2, overlap="skip")
        assert claim(world, first) == "Submitted"
        world.set(first, "Scheduled")

        assert claim(world, second) == "Submitted"
        assert claim(world, first) == "Cancelled"

    def test_run_that_has_begun_and_waits_keeps_its_turn(self, world):
        first, second = due_runs(world, 2, overlap="buffer_one")
        assert claim(world, first, "Running") == "Running"
        world.set(first, "Scheduled")

        assert claim(world, second) == "Scheduled"
        assert claim(world, first) == "Submitted"

    @pytest.mark.parametrize("policy", POLICIES)
    def test_run_that_has_begun_once_waits_and_is_never_skipped(self, world, policy):
        first, second = due_runs(world, 2, overlap=policy)
        assert claim(world, first, "Running") == "Running"
        world.set(first, "Failed")
        assert claim(world, second) == "Submitted"
        world.set(first, "Scheduled")

        assert claim(world, first) == "Scheduled"
        world.set(second, "Success")
        assert claim(world, first) == "Submitted"
        assert skipped(world) == {}

    def test_run_with_another_name_and_other_labels_keeps_its_turn(self, world):
        first, second = due_runs(world, 2, overlap="skip")
        assert claim(world, first) == "Submitted"
        set_flow_run_name(world.context, first, "renamed")
        set_flow_run_labels(world.context, first, ["a"])
        set_flow_run_labels(world.context, second, ["b"])

        assert claim(world, second) == "Cancelled"
        assert claim(world, first, "Running") == "Running"

    def test_cancelled_run_leaves_its_turn(self, world):
        first, second = due_runs(world, 2, overlap="skip")
        assert claim(world, first) == "Submitted"
        cancel_flow_run(world.context, first)

        assert claim(world, second) == "Submitted"

    def test_the_turn_goes_with_its_flow_group(self, world):
        flow_id = ruled_flow(world, overlap="skip")
        world.clock.advance(hours=2)
        (first, second) = get_runs_in_queue(world.context, None, [])
        assert [claim(world, run_id) for run_id in (first, second)] == ["Submitted", "Cancelled"]
        group_id = group_of(world, flow_id)
        assert len(world.items("overlap")) == len(skipped(world)) == 1

        (turn,) = world.items("overlap")
        delete_flow(world.context, flow_id)
        assert world.items("overlap") == []
        world.table.put(Item=turn)  # a run took it meanwhile
        world.clock.advance(minutes=20)
        world.finish_deletions()

        assert world.items("overlap") == []
        assert skipped(world) == {}
        assert [item for item in world.items() if group_id in item["pk"]["S"]] == []


class TestRaces:
    @pytest.mark.parametrize("state", ["Submitted", "Running"])
    @pytest.mark.parametrize("policy", POLICIES)
    def test_one_of_ten_claimers_begins(self, world, policy, state):
        ids = due_runs(world, 10, overlap=policy)

        at_once(*(partial(claim, world, run_id, state) for run_id in ids))

        assert len(begun(world, ids)) == 1
        found = Counter(states(world, ids))
        waiting = found["Scheduled"] + found["Queued"]
        if policy != "cancel_other":
            assert waiting == {"skip": 0, "buffer_one": 1, "buffer_all": 9}[policy]
            assert found["Cancelled"] == len(skipped(world)) == 9 - waiting

    @pytest.mark.dynoxide_only
    @pytest.mark.parametrize("policy", POLICIES)
    def test_one_of_ten_begins_after_the_holder_ended(self, world, policy):
        holder, *others = due_runs(world, 10, overlap=policy)
        assert claim(world, holder, "Running") == "Running"

        at_once(partial(world.set, holder, "Success"), *(partial(claim, world, run_id) for run_id in others))

        assert len(begun(world, others)) <= 1

    @pytest.mark.dynoxide_only
    @pytest.mark.parametrize("policy", POLICIES)
    @pytest.mark.parametrize("state", ["Submitted", "Running"])
    def test_whatever_happens_in_a_gap_of_a_claim_one_run_begins(self, world, policy, state):
        """Between two calls of a claim a whole one is made: of another run, and of the one before again."""
        first, second, third = due_runs(world, 3, overlap=policy)
        claim(world, first)
        world.set(first, "Scheduled")  # the turn is its own, but it has not begun
        before = world.items()
        for rival in (first, third):
            for gap in each_gap(f"{policy}, {state}, {rival == first}"):
                client = OneGap(world.client, gap, partial(claim, world, rival))
                claim(world.through(client), second, state)
                if client._calls < gap:
                    break
                assert len(begun(world, [first, second, third])) == 1, (rival == first, gap)
                put_items_back(world, before)

    @pytest.mark.dynoxide_only
    @pytest.mark.parametrize("policy", POLICIES)
    @pytest.mark.parametrize("state", ["Submitted", "Running"])
    def test_a_state_that_is_set_in_a_gap_is_a_conflict_with_a_version_and_none_without(
        self, world, policy, state
    ):
        (run_id,) = due_runs(world, 1, overlap=policy)
        before = world.items()
        for version in (1, None):
            for gap in each_gap(f"{policy}, {state}, {version}"):
                put_items_back(world, before)
                client = OneGap(world.client, gap, partial(world.set, run_id, "Scheduled"))
                try:
                    assert world.through(client).set(run_id, state, version).state.type == state
                except VersionLockingError:
                    assert version == 1
                is_over = client._calls < gap
                states_of_run = world.types(run_id)
                assert states_of_run.count(state) == (version is None or is_over)
                if is_over:
                    break

    @pytest.mark.dynoxide_only
    @pytest.mark.parametrize("policy", ["allow", *POLICIES])
    @pytest.mark.parametrize("state", ["Submitted", "Running"])
    def test_lost_responses_change_nothing(self, world, policy, state):
        first, second = due_runs(world, 2, overlap=policy)
        claim(world, first)
        before = world.items()
        expected = claim(world, second, state), claim(world, second, state)
        notes = skipped(world)
        for number in each_gap(f"{policy}, {state}"):
            put_items_back(world, before)
            client = Deaf(world.client, number)
            assert claim(world.through(client), second, state) == expected[0]
            assert claim(world, second, state) == expected[1]
            assert skipped(world) == notes
            if client._calls < number:
                break

    @pytest.mark.dynoxide_only
    @pytest.mark.parametrize("policy", POLICIES)
    @pytest.mark.parametrize("unheard", [False, True])
    def test_a_claim_that_dies_leaves_all_or_nothing(self, world, policy, unheard):
        first, second, third = due_runs(world, 3, overlap=policy)
        claim(world, first)
        before = world.items()
        for dies_at in each_gap(f"{policy}, {unheard}"):
            put_items_back(world, before)
            killed = interrupted(world, lambda other: claim(other, second), dies_at, unheard=unheard)
            assert len(begun(world, [first, second])) <= 1
            note = [second] if world.run(second).state.type == "Cancelled" else []
            assert list(skipped(world)) == note
            for run_id in (first, second):
                world.set(run_id, "Success")
            assert claim(world, third) == "Submitted"
            if not killed:
                break


def claim_at(run_id, state, version, world):
    with suppress(BadUserInput):
        world.set(run_id, state, version)


class TestCosts:
    """In units of DynamoDB, as dynoxide counts them."""

    def consumed(self, world, act):
        metered, consumption = world.metered()
        act(metered)
        return consumption.calls.total(), consumption.write_units, consumption.read_units

    @pytest.mark.dynoxide_only
    def test_a_ruled_run_begins_for_some_units_more(self, world):
        first, second, third = due_runs(world, 3, overlap="skip")

        # AWS counts a unit for the refused write, too.
        assert self.consumed(world, partial(claim_at, first, "Submitted", 1)) == (4, 7, 2)
        assert self.consumed(world, partial(claim_at, first, "Running", 2)) == (2, 1, 1)
        world.set(first, "Success")
        assert self.consumed(world, partial(claim_at, second, "Submitted", 1)) == (5, 7, 3)
        assert self.consumed(world, partial(claim_at, third, "Submitted", 1)) == (6, 10, 3)
