"""Concurrency limits, and flow runs under limits of their labels."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.concurrency.limits import QUEUED_FOR, LimitKind, limit_id
from domain.errors import ApiError, BadUserInput, NotFound, VersionLockingError
from domain.times import format_time
from operations.concurrency.limits import delete_limit
from operations.flow_runs.deleting import delete_flow_run
from operations.flow_runs.ending import cancel_flow_run
from operations.queue.polling import get_runs_in_queue
from tests.contract.clients import cancelled, connection_closed, no_response_in_time
from tests.contract.factories import START, at_once
from tests.contract.limits import FLOW, limit_label, limit_tag, set_task, slots, states, task_run

pytestmark = pytest.mark.usefixtures("pauses")


def read(world, name, kind=LimitKind.LABEL):
    return world.store.limits.named(kind, [name], consistent=True)


@pytest.fixture
def flow_id(world):
    return world.register(FLOW)


@pytest.fixture
def create(world, flow_id):
    """Create a run with these labels."""
    return lambda *labels: world.create(flow_id, labels=list(labels))


class TestLimits:
    def test_limit_is_read_by_name_by_id_and_in_the_list(self, world):
        identifier = limit_label(world, "gpu", 2)

        (limit,) = read(world, "gpu")
        assert (limit.id, limit.name, limit.limit, limit.used) == (identifier, "gpu", 2, 0)
        assert (limit.created, limit.updated) == (START, START)
        assert world.store.limits.get(LimitKind.LABEL, [identifier]) == [limit]
        assert world.store.limits.ids(LimitKind.LABEL, 10) == [identifier]
        assert world.store.limits.ids(LimitKind.TAG, 10) == read(world, "gpu", LimitKind.TAG) == []

    def test_limit_of_the_same_name_is_the_same_limit(self, world):
        identifier = limit_label(world, "gpu", 2)
        world.clock.advance(minutes=1)

        assert limit_label(world, "gpu", 5) == identifier

        (limit,) = read(world, "gpu")
        assert (limit.limit, limit.created, limit.updated) == (5, START, world.clock())

    def test_deleted_limit_is_gone_and_may_be_created_again(self, world):
        identifier = limit_label(world, "gpu", 2)

        assert delete_limit(world.context, LimitKind.LABEL, identifier)
        assert not delete_limit(world.context, LimitKind.LABEL, identifier)
        assert read(world, "gpu") == world.store.limits.ids(LimitKind.LABEL, 10) == []

        world.clock.advance(minutes=1)
        assert limit_label(world, "gpu", 1) == identifier
        assert read(world, "gpu")[0].created == world.clock()

    def test_unknown_limit_is_not_deleted(self, world):
        assert not delete_limit(world.context, LimitKind.TAG, limit_id(world.tenant_id, LimitKind.TAG, "x"))
        assert world.items() == []

    def test_tenants_do_not_share_limits(self, world, create):
        limit_label(world.neighbour(), "gpu", 0)

        assert read(world, "gpu") == []
        assert world.set(create("gpu"), "Running").state.type == "Running"

    @pytest.mark.parametrize(("name", "limit"), [("", 1), (" ", 1), ("x" * 201, 1), ("a\nb", 1), ("a", -1)])
    def test_limit_with_unusable_name_or_number_is_refused(self, world, name, limit):
        with pytest.raises(BadUserInput, match=r"^(name|limit)"):
            limit_label(world, name, limit)
        assert world.items() == []

    def test_limit_changes_whose_responses_are_lost_happen_once(self, world):
        faulty, client = world.interfered()
        client.lose_responses("update_item", 2)
        identifier = limit_label(faulty, "gpu", 2)
        assert client.all_happened()
        client.lose_responses("update_item", 2)

        assert delete_limit(faulty.context, LimitKind.LABEL, identifier)
        assert client.all_happened()
        assert read(world, "gpu") == []


class TestWaiting:
    def test_run_without_a_free_slot_is_queued(self, world, create):
        # Given
        limit_label(world, "gpu", 2)
        for _ in range(2):
            world.set(create("gpu"), "Running")
        late, start = create("gpu"), format_time(START)
        before = {"type": "Scheduled", "message": "before", "start_time": start}
        world.set(late, {"type": "Submitted", "state": before}, 1)

        # When
        run = world.set(late, "Running", 2)

        # Then
        assert run.version == 3
        assert run.state.data == {
            "type": "Queued",
            "message": "Waits for a free slot: concurrency limit of label 'gpu'.",
            "start_time": format_time(START + QUEUED_FOR),
            "state": before,
        }
        assert world.types(late) == ["Scheduled", "Submitted", "Queued"]
        assert slots(world) == {"gpu": 2}

    def test_queued_run_that_asks_again_gets_the_first_free_slot(self, world, create):
        limit_label(world, "gpu", 1)
        first, second = create("gpu"), create("gpu")
        world.set(first, "Running", 1)
        for version in range(1, 20):
            world.clock.advance(seconds=30)
            queued = world.set(second, "Running", version)
            assert queued.state.data["state"]["type"] == "Scheduled"
            assert queued.state.data["start_time"] == format_time(world.clock() + QUEUED_FOR)

        world.set(first, "Success", 2)

        assert world.set(second, "Running", 20).state.type == "Running"
        assert world.types(second) == ["Scheduled"] + ["Queued"] * 19 + ["Running"]
        assert slots(world) == {"gpu": 1}

    @pytest.mark.parametrize("full", ["a", "b"])
    def test_run_takes_a_slot_of_every_limit_or_of_none(self, world, create, full):
        limit_label(world, "a", 5)
        limit_label(world, "b", 5)
        limit_label(world, full, 0)
        run_id = create("a", "b", "c")

        run = world.set(run_id, "Running")

        assert run.state.message == f"Waits for a free slot: concurrency limit of label '{full}'."
        assert slots(world) == {"a": 0, "b": 0}
        limit_label(world, full, 1)
        assert world.set(run_id, "Running").state.type == "Running"
        assert slots(world) == {"a": 1, "b": 1}

    def test_queued_run_starts_from_pending_if_its_last_state_cannot_start(self, world, create):
        limit_label(world, "gpu", 0)
        run_id = create("gpu")
        world.set(run_id, "Failed")

        assert world.set(run_id, "Running").state.data["state"] is None

    def test_queued_run_keeps_a_large_state_before_whole(self, world, create):
        limit_label(world, "gpu", 0)
        run_id = create("gpu")
        large = {"type": "Scheduled", "message": "".join(map(chr, range(100, 2000)))}
        world.set(run_id, large)

        world.set(run_id, "Running")

        assert world.run(run_id).state.data["state"] == large

    def test_running_run_that_is_set_running_again_keeps_its_slot(self, world, create):
        limit_label(world, "gpu", 1)
        run_id = create("gpu")

        for version in (1, 2, 3):
            assert world.set(run_id, "Running", version).state.type == "Running"
        assert world.set(run_id, "Running").version == 5
        assert slots(world) == {"gpu": 1}

    def test_run_that_ran_before_the_limit_is_counted_once(self, world, create):
        run_id = create("gpu")
        world.set(run_id, "Running")
        limit_label(world, "gpu", 1)
        assert slots(world) == {"gpu": 1}

        world.set(run_id, "Running")

        assert slots(world) == {"gpu": 1}

    def test_start_with_a_stale_version_takes_no_slot_and_queues_nothing(self, world, create):
        limit_label(world, "free", 1)
        limit_label(world, "full", 0)
        for label in ("free", "full"):
            run_id = create(label)
            with pytest.raises(VersionLockingError):
                world.set(run_id, "Running", 7)
            assert world.types(run_id) == ["Scheduled"]
        assert slots(world) == {"free": 0, "full": 0}

    @pytest.mark.parametrize("state", ["Running", "Submitted", "Success"])
    @pytest.mark.parametrize("version", [1, None], ids=["version 1", "no version"])
    def test_state_of_an_unknown_run_is_refused_by_its_name(self, world, state, version):
        unknown = "2a9c1c6f-7e0a-7c55-8a43-0d9c7b1f0000"

        with pytest.raises(NotFound) as refused:
            world.set(unknown, state, version)

        assert refused.value.message == f"State update failed: there is no flow run {unknown}."

    @pytest.mark.parametrize("release", ["0.8.1", "0.12.0", "0.9.0+git"])
    def test_run_of_a_release_that_cannot_wait_is_scheduled_again(self, world, create, release):
        limit_label(world, "gpu", 0)
        run_id = create("gpu")
        world.set(run_id, "Submitted", 1)
        world.context = replace(world.context, core_version=release)

        with pytest.raises(BadUserInput, match=r"label 'gpu'.*is scheduled again.*cannot wait"):
            world.set(run_id, "Running", 2)

        assert world.types(run_id) == ["Scheduled", "Submitted", "Scheduled"]
        assert get_runs_in_queue(world.context, START + timedelta(seconds=29), ["gpu"]) == []
        assert get_runs_in_queue(world.context, START + timedelta(seconds=31), ["gpu"]) == [run_id]

    @pytest.mark.parametrize("release", ["0.12.1", "0.13.0", "1.4.1", None, "own/1"])
    def test_run_of_a_later_release_or_another_client_is_queued(self, world, create, release):
        limit_label(world, "gpu", 0)
        world.context = replace(world.context, core_version=release)

        assert world.set(create("gpu"), "Running").state.type == "Queued"

    def test_queued_run_is_offered_to_agents_only_after_it_missed_its_turn(self, world, create):
        limit_label(world, "gpu", 0)
        run_id = create("gpu")
        world.set(run_id, "Running", 1)

        assert get_runs_in_queue(world.context, START + timedelta(seconds=59), ["gpu"]) == []
        found = at_once(
            *[lambda: get_runs_in_queue(world.context, START + timedelta(seconds=61), ["gpu"])] * 4
        )

        assert [run_id] in found
        assert world.types(run_id) == ["Scheduled", "Queued", "Scheduled"]
        with pytest.raises(VersionLockingError):  # its process comes late
            world.set(run_id, "Running", 2)


class TestGivingBack:
    @pytest.mark.parametrize(
        "kind", ["Success", "Failed", "TimedOut", "Cancelled", "Scheduled", "Pending", "Submitted", "Paused"]
    )
    @pytest.mark.parametrize("version", [2, None])
    def test_state_that_is_not_running_gives_the_slots_back(self, world, create, kind, version):
        limit_label(world, "a", 1)
        limit_label(world, "b", 1)
        run_id = create("a", "b")
        world.set(run_id, "Running")

        run = world.set(run_id, kind, version)

        assert (run.version, run.state.type) == (3, kind)
        assert slots(world) == {"a": 0, "b": 0}
        assert "slots" not in world.item(run_id)

    def test_cancelling_run_keeps_its_slot_until_it_has_ended(self, world, create):
        limit_label(world, "gpu", 1)
        run_id = create("gpu")
        world.set(run_id, "Running")

        assert cancel_flow_run(world.context, run_id).state.type == "Cancelling"
        assert slots(world) == {"gpu": 1}
        world.set(run_id, "Cancelled")
        assert slots(world) == {"gpu": 0}

    def test_deleted_limit_goes_on_counting_its_held_slots(self, world, create):
        identifier = limit_label(world, "gpu", 2)
        first, second, third = create("gpu"), create("gpu"), create("gpu")
        world.set(first, "Running")
        world.set(second, "Running")

        delete_limit(world.context, LimitKind.LABEL, identifier)
        world.set(third, "Running")
        world.set(first, "Success")
        limit_label(world, "gpu", 1)

        assert slots(world) == {"gpu": 2}
        assert world.set(first, "Running").state.type == "Queued"
        world.set(second, "Success")
        assert slots(world) == {"gpu": 1}
        world.set(third, "Success")
        assert slots(world) == {"gpu": 0}

    def test_limit_below_its_used_slots_is_full_until_enough_runs_have_ended(self, world, create):
        limit_label(world, "gpu", 3)
        running, late = [create("gpu") for _ in range(3)], create("gpu")
        for run_id in running:
            world.set(run_id, "Running")
        limit_label(world, "gpu", 1)

        seen = []
        for run_id in running:
            world.set(run_id, "Success")
            seen.append(world.set(late, "Running").state.type)

        assert seen == ["Queued", "Queued", "Running"]
        assert slots(world) == {"gpu": 1}

    @pytest.mark.dynoxide_only
    def test_run_with_a_full_list_of_states_takes_and_gives_back_slots(self, world, create):
        limit_label(world, "gpu", 1)
        run_id = create("gpu")
        for version in range(1, 40):
            world.set(
                run_id, "Running" if version % 2 else {"type": "Scheduled", "message": "x" * version}, version
            )
            assert slots(world) == {"gpu": version % 2}
        assert len(world.types(run_id)) == 40

    @pytest.mark.dynoxide_only
    def test_deleted_run_gives_back_its_slots_and_those_of_its_task_runs(self, world, create):
        limit_label(world, "gpu", 1)
        limit_tag(world, "db", 30)
        run_id = create("gpu")
        world.set(run_id, "Running")
        for index in range(25):
            set_task(world, task_run(world, run_id, 2, index).id, "Running", "db")
        assert slots(world) == {"gpu": 1, "db": 25}

        assert delete_flow_run(world.context, run_id)

        assert slots(world) == {"gpu": 0, "db": 0}
        world.finish_deletions()
        assert world.partition(run_id) == []

    def test_deleted_ended_run_gives_back_the_slots_of_its_task_runs(self, world, create):
        limit_tag(world, "db", 30)
        run_id = create()
        world.set(run_id, "Running")
        set_task(world, task_run(world, run_id).id, "Running", "db")
        world.set(run_id, "Failed")

        assert delete_flow_run(world.context, run_id)

        assert slots(world) == {"db": 0}

    @pytest.mark.dynoxide_only
    def test_slots_come_back_once_from_concurrent_ends_and_deletions(self, world, create):
        limit_label(world, "gpu", 5)
        for _ in range(5):
            run_id = create("gpu")
            world.set(run_id, "Running")
            ends = [
                lambda kind=kind, run_id=run_id: world.set(run_id, kind)
                for kind in ("Success", "Failed", "Running")
            ]
            at_once(*ends, *[lambda run_id=run_id: delete_flow_run(world.context, run_id)] * 3)
            if world.exists(run_id):
                delete_flow_run(world.context, run_id)

        assert slots(world) == {"gpu": 0}


class TestRacesAndLostResponses:
    @pytest.mark.parametrize("version", [1, None])
    @pytest.mark.parametrize(("times", "error"), [(1, no_response_in_time), (2, connection_closed)])
    def test_slot_is_taken_and_given_back_once_by_retries(self, world, create, version, times, error):
        limit_label(world, "gpu", 1)
        run_id = create("gpu")
        faulty, client = world.interfered()

        client.lose_responses("transact_write_items", times, error)
        assert faulty.set(run_id, "Running", version).state.type == "Running"
        assert client.all_happened()
        assert slots(world) == {"gpu": 1}

        client.lose_responses("transact_write_items", times, error)
        faulty.set(run_id, "Success", version and version + 1)
        assert client.all_happened()
        assert slots(world) == {"gpu": 0}
        assert world.types(run_id) == ["Scheduled", "Running", "Success"]

    def test_deletion_whose_response_is_lost_gives_a_slot_back_once(self, world, create):
        limit_label(world, "gpu", 2)
        limit_tag(world, "db", 2)
        other, run_id = create("gpu"), create("gpu")
        for started in (other, run_id):
            world.set(started, "Running")
            set_task(world, task_run(world, started).id, "Running", "db")
        faulty, client = world.interfered()
        client.lose_responses("transact_write_items", 2)

        assert delete_flow_run(faulty.context, run_id)
        assert client.all_happened()
        assert slots(world) == {"gpu": 1, "db": 1}

    @pytest.mark.parametrize("dies_at", range(1, 8))
    def test_deletion_that_dies_in_the_middle_loses_no_slot(self, world, create, dies_at):
        limit_label(world, "gpu", 2)
        limit_tag(world, "db", 30)
        run_id = create("gpu")
        world.set(run_id, "Running")
        for index in range(3):
            set_task(world, task_run(world, run_id, 2, index).id, "Running", "db")
        faulty, client = world.interfered()
        for _ in range(dies_at - 1):
            client.alter("transact_write_items", lambda send: send())
        client.fail("transact_write_items", *[RuntimeError("it dies here")] * 20)

        try:
            delete_flow_run(faulty.context, run_id)
        except (RuntimeError, ApiError):
            assert world.exists(run_id)  # so that it can be deleted again
            delete_flow_run(world.context, run_id)

        assert slots(world) == {"gpu": 0, "db": 0}
        world.finish_deletions()
        assert world.partition(run_id) == []

    def test_limit_deleted_during_a_start_does_not_hold(self, world, create):
        identifier = limit_label(world, "gpu", 1)
        run_id = create("gpu")
        faulty, client = world.interfered()

        def deleted_after(send):
            response = send()
            delete_limit(world.context, LimitKind.LABEL, identifier)
            return response

        client.alter("batch_get_item", deleted_after)

        assert faulty.set(run_id, "Running", 1).state.type == "Running"
        assert slots(world) == {"gpu": 0}

    def test_run_whose_last_free_slot_was_just_taken_is_queued(self, world, create):
        limit_label(world, "gpu", 1)
        first, second = create("gpu"), create("gpu")
        faulty, client = world.interfered()

        def taken_after(send):
            response = send()
            world.set(first, "Running")
            return response

        client.alter("batch_get_item", taken_after)

        run = faulty.set(second, "Running", 1)

        assert run.state.message == "Waits for a free slot: concurrency limit of label 'gpu'."
        assert slots(world) == {"gpu": 1}

    def test_run_that_changes_while_it_is_queued_is_read_anew(self, world, create):
        limit_label(world, "gpu", 0)
        run_id = create("gpu")
        faulty, client = world.interfered()

        def changed_before(send):
            world.set(run_id, "Submitted")
            return send()

        client.alter("update_item", changed_before)

        assert faulty.set(run_id, "Running").version == 3
        assert world.types(run_id) == ["Scheduled", "Submitted", "Queued"]

    @pytest.mark.dynoxide_only
    def test_concurrent_starts_of_one_run_take_one_slot(self, world, create):
        limit_label(world, "gpu", 1)
        for _ in range(5):
            run_id = create("gpu")
            results = at_once(*[lambda run_id=run_id: world.set(run_id, "Running")] * 6)
            assert {run.state.type for run in results} == {"Running"}
            assert slots(world) == {"gpu": 1}
            world.set(run_id, "Success")
        assert slots(world) == {"gpu": 0}

    @pytest.mark.dynoxide_only
    def test_only_limit_many_of_concurrent_starts_are_running(self, world, create):
        limit_label(world, "gpu", 5)
        run_ids = [create("gpu") for _ in range(32)]

        at_once(*[lambda run_id=run_id: world.set(run_id, "Running", 1) for run_id in run_ids])

        assert states(world, run_ids) == {"Running": 5, "Queued": 27}
        assert slots(world) == {"gpu": 5}

    @pytest.mark.dynoxide_only
    def test_conflicting_transactions_neither_lose_nor_leak_slots(self, world, create):
        # Given: every second transaction conflicts with another, some get no response
        limit_label(world, "gpu", 6)
        limit_label(world, "other", 4)
        run_ids = [create("gpu", "other") for _ in range(32)]
        faulty, client = world.interfered()
        dice = random.Random(7)  # noqa: S311

        def trouble(send):
            throw = dice.random()
            if throw < 0.4:
                raise cancelled("None", "TransactionConflict")
            response = send()
            if throw < 0.5:
                raise no_response_in_time()
            return response

        for _ in range(3000):
            client.alter("transact_write_items", trouble)

        # When
        def live(run_id):
            for kind in ("Running", "Success", "Running", "Scheduled", "Running"):
                try:
                    if faulty.set(run_id, kind).state.type == "Queued":
                        return
                except ApiError:
                    return

        at_once(*[lambda run_id=run_id: live(run_id) for run_id in run_ids])

        # Then
        used = slots(world)
        assert used["gpu"] == used["other"] <= 4
        for run_id in run_ids:
            world.set(run_id, "Success")
        assert slots(world) == {"gpu": 0, "other": 0}


class TestCalls:
    def test_start_without_labels_costs_a_read_and_a_write(self, world, create):
        run_id = create()
        counted, client = world.interfered()

        counted.set(run_id, "Running", 1)

        assert client.calls == ["get_item", "update_item"]

    def test_start_with_labels_costs_one_more_read_of_their_limits(self, world, create):
        run_id = create("a", "b")
        counted, client = world.interfered()

        counted.set(run_id, "Running", 1)
        counted.set(run_id, "Success", 2)

        assert client.calls[:3] == ["get_item", "batch_get_item", "update_item"]
        assert sorted(client.calls[3:]) == ["get_item", "query", "update_item"]

    def test_slots_are_taken_and_given_back_in_one_transaction_each(self, world, create):
        limit_label(world, "a", 1)
        run_id, late = create("a", "b"), create("a")
        counted, client = world.interfered()

        counted.set(run_id, "Running", 1)
        start = ["get_item", "batch_get_item", "get_item", "transact_write_items"]
        assert client.calls == start
        counted.set(late, "Running", 1)
        # A waiting run is listed under the labels that it has at that moment.
        assert client.calls == [*start, "get_item", "batch_get_item", "get_item", "update_item"]
        del client.calls[:]

        counted.set(run_id, "Success", 2)

        # None of the task runs has begun; the refused update brings the slots that the run holds.
        assert sorted(client.calls[:2]) == ["get_item", "query"]
        assert client.calls[2:] == ["update_item", "transact_write_items"]
