"""Task runs and slots that a flow run leaves when it ends, waits again or continues in another process."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import count

import pytest

from domain.errors import BadUserInput, VersionLockingError
from domain.flow_runs.flow_runs import FlowRunChange
from domain.flows.flows import Switch
from domain.recovery.rules import RecoverySettings
from domain.task_runs.task_runs import Address
from operations.flow_runs.deleting import delete_flow_run
from operations.flow_runs.states import update_heartbeat
from operations.flows.flow_groups import set_switch
from operations.recovery import attempts, following_up
from operations.recovery.tick import Bounds, tick
from operations.task_runs.task_runs import get_or_create_task_run, get_task_run, update_task_run_heartbeat
from storage.flow_runs.flow_runs import FlowRuns
from storage.task_runs import mapped_children
from tests.contract.factories import START, at_once
from tests.contract.limits import FLOW, limit_label, limit_tag, set_task, slots, task_run

pytestmark = pytest.mark.usefixtures("pauses")

SETTINGS = RecoverySettings(interval=timedelta(days=1))
ENDS = ["Failed", "TimedOut", "Success"]
CALLS = ["get_item", "query", "batch_get_item", "update_item", "put_item", "transact_write_items"]
# One heartbeat timeout and one tick.
LATEST = {"seconds": 121}


def recover(world, time_left=lambda: 100.0, **bounds):
    """Run one tick. Return the numbers of its changes."""
    summary = tick(world.context, SETTINGS, Bounds(time_left, **bounds))
    return {name: count for name, count in summary.counts.items() if count and name != "looked_at"}


def send_heartbeat(world, run_id, core_version="1.4.1"):
    update_heartbeat(replace(world.context, core_version=core_version), run_id)


def marked(world):
    return [item["pk"]["S"].rpartition("#")[2] for item in world.items("follow-up")]


def types(world, run_id):
    """Return the states of all stored task runs."""
    pages = world.store.task_runs.of_flow_run(run_id)
    return Counter(task_run.state.type for page in pages for task_run in page)


@pytest.fixture
def watched(world):
    recover(world)
    limit_tag(world, "db", 1)
    limit_label(world, "gpu", 1)
    return world


@pytest.fixture
def flow_id(watched):
    return watched.register(FLOW)


@pytest.fixture
def running(watched, flow_id):
    run_id = watched.create(flow_id, labels=["gpu"])
    watched.set(run_id, "Submitted", 1)
    watched.set(run_id, "Running", 2)
    return run_id


def begin(world, run_id, number=1, map_index=-1, tags=("db",)):
    """Set a task run Running. Return its id."""
    identifier = task_run(world, run_id, number, map_index).id
    assert set_task(world, identifier, "Running", *tags).state.type == "Running"
    return identifier


@pytest.mark.parametrize("end", ENDS)
class TestEnds:
    @pytest.mark.dynoxide_only
    def test_slot_of_a_left_task_run_comes_back_after_its_silence(self, watched, flow_id, end):
        for number in range(2):
            run_id = watched.create(flow_id, labels=["gpu"])
            watched.set(run_id, "Running")
            identifier = begin(watched, run_id)
            watched.set(run_id, end)
            assert slots(watched) == {"db": 1, "gpu": 0}
            watched.clock.advance(seconds=119)
            assert recover(watched) == {}

            watched.clock.advance(seconds=2)
            assert recover(watched) == {"failed": 1}, number

            assert slots(watched) == {"db": 0, "gpu": 0}
            found = task_run(watched, run_id)
            assert (found.state.type, found.version) == ("Failed", 3)
            assert found.state.message == (
                f"Its flow run has ended ({end}), and no sign of life came from its process."
            )
            assert watched.types(run_id)[-1] == end
            (page,) = watched.store.logs.read(run_id, (None, None), descending=False, now=watched.clock())
            assert [line.entry.task_run_id for line in page.entries] == [identifier]
        watched.clock.advance(**LATEST)
        assert recover(watched) == {}
        assert marked(watched) == []

    @pytest.mark.dynoxide_only
    @pytest.mark.parametrize("own", [True, False], ids=["its own", "its flow run's"])
    def test_left_task_run_with_heartbeats_continues_until_it_is_silent(self, watched, running, end, own):
        identifier = begin(watched, running)
        watched.set(running, end)
        for _ in range(10):
            watched.clock.advance(seconds=60)
            if own:
                update_task_run_heartbeat(watched.context, identifier)
            else:
                send_heartbeat(watched, running)
            assert recover(watched) == {}
        assert slots(watched)["db"] == 1
        watched.clock.advance(**LATEST)

        assert recover(watched) == {"failed": 1}

        assert slots(watched)["db"] == 0
        assert marked(watched) == []

    @pytest.mark.dynoxide_only
    def test_left_task_run_that_ends_keeps_its_state(self, watched, running, end):
        identifier = begin(watched, running)
        watched.set(running, end)
        set_task(watched, identifier, "Success", version=2)
        watched.clock.advance(**LATEST)

        assert recover(watched) == {}

        assert types(watched, running) == {"Success": 1}
        assert marked(watched) == []

    def test_heartbeat_of_flow_run_does_not_cover_task_run_with_its_own(self, watched, running, end):
        identifier = begin(watched, running)
        update_task_run_heartbeat(watched.context, identifier)
        watched.set(running, end)
        watched.clock.advance(**LATEST)
        send_heartbeat(watched, running, "0.8.1")

        assert recover(watched) == {"failed": 1}

    @pytest.mark.dynoxide_only
    def test_all_left_mapped_children_are_found_whatever_the_parent_says(self, watched, running, end):
        set_task(watched, task_run(watched, running, 1).id, "Mapped", n_map_states=70)
        set_task(watched, task_run(watched, running, 2).id, "Success")
        for index in range(70):
            begin(watched, running, 1, index, tags=())
        watched.set(running, end)
        watched.clock.advance(**LATEST)

        assert recover(watched) == {"failed": 70}

        assert types(watched, running) == {"Mapped": 1, "Success": 1, "Failed": 70}

    def test_left_cancelling_task_run_gives_its_slot_back(self, watched, running, end):
        set_task(watched, begin(watched, running), "Cancelling")
        assert slots(watched)["db"] == 1
        watched.set(running, end)
        watched.clock.advance(**LATEST)

        assert recover(watched) == {"failed": 1}

        assert slots(watched)["db"] == 0

    def test_slot_comes_back_although_heartbeats_of_the_flow_are_off(self, watched, flow_id, running, end):
        set_switch(watched.context, flow_id, Switch.HEARTBEAT, on=False)
        begin(watched, running)
        watched.set(running, end)
        watched.clock.advance(**LATEST)

        assert recover(watched) == {"failed": 1}

    def test_waiting_task_run_of_an_ended_flow_run_is_left_alone(self, watched, running, end):
        set_task(watched, begin(watched, running), "Retrying")
        watched.set(running, end)
        watched.clock.advance(**LATEST)

        assert recover(watched) == {}

        assert types(watched, running) == {"Retrying": 1}
        assert marked(watched) == []

    @pytest.mark.dynoxide_only
    def test_concurrent_ticks_end_a_left_task_run_once(self, watched, running, end):
        for index in range(10):
            begin(watched, running, 2, index, tags=())
        watched.set(running, end)
        watched.clock.advance(**LATEST)

        results = at_once(*[lambda: recover(watched)] * 4)

        assert sum(result.get("failed", 0) for result in results) == 10
        watched.clock.advance(minutes=2)
        recover(watched)
        assert marked(watched) == []


def before_its_write(client, meanwhile, *, begun_before):
    """Make a call just before the first task run of a flow run is written."""
    if begun_before:
        client.alter("update_item", lambda send: send())  # the write that notes `begun` on the flow run
    client.alter("update_item" if begun_before else "put_item", lambda send: (meanwhile(), send())[1])


# A cancellation is missing here, because it ends begun task runs at once and refuses later writes.
LATE_STARTS = [*[(end, begun) for end in ENDS for begun in (True, False)], ("Cancelled", False)]


@pytest.mark.parametrize(("end", "begun_before"), LATE_STARTS)
class TestInterruptedStarts:
    """The request that sets a task run Running dies, and its write arrives after the end of the flow run."""

    def start(self, world, running, begun_before, meanwhile):
        identifier = task_run(world, running).id
        if begun_before:
            set_task(world, identifier, "Pending")
        dying, client = world.interfered()
        before_its_write(client, meanwhile, begun_before=begun_before)
        client.fail("get_item", *[RuntimeError("it dies here")] * 9)
        with pytest.raises(RuntimeError):
            set_task(dying, identifier, "Running", version=2 if begun_before else 1)
        return identifier

    def test_late_started_task_run_ends_with_the_tick_after_the_timeout(
        self, watched, running, end, begun_before
    ):
        self.start(watched, running, begun_before, lambda: watched.set(running, end))
        assert types(watched, running) == {"Running": 1}
        watched.clock.advance(**LATEST)

        recover(watched)

        ended = "Cancelled" if end == "Cancelled" else "Failed"
        assert types(watched, running) == {ended: 1}
        assert marked(watched) == []

    @pytest.mark.parametrize("version", [1, 2, 3, None])
    def test_repeated_start_is_refused_and_ends_the_task_run_at_once(
        self, watched, running, end, begun_before, version
    ):
        identifier = self.start(watched, running, begun_before, lambda: watched.set(running, end))

        with pytest.raises(BadUserInput, match=f"cannot be Running while its flow run .* is {end}"):
            set_task(watched, identifier, "Running", version=version)

        assert types(watched, running) == {"Cancelled" if end == "Cancelled" else "Failed": 1}

    def test_uninterrupted_late_start_ends_the_task_run_itself(self, watched, running, end, begun_before):
        identifier = task_run(watched, running).id
        if begun_before:
            set_task(watched, identifier, "Pending")
        other, client = watched.interfered()
        before_its_write(client, lambda: watched.set(running, end), begun_before=begun_before)

        with pytest.raises(BadUserInput, match=f"is {end}"):
            set_task(other, identifier, "Running", version=2 if begun_before else 1)

        assert types(watched, running) == {"Cancelled" if end == "Cancelled" else "Failed": 1}


class TestFirstStarts:
    """A flow run without begun task runs leaves nothing, and its end costs nothing more."""

    @pytest.mark.parametrize("end", [*ENDS, "Cancelled", "Scheduled"])
    def test_start_after_the_end_is_refused_without_a_write(self, watched, running, end):
        other, client = watched.interfered()
        client.alter("update_item", lambda send: (watched.set(running, end), send())[1])

        with pytest.raises(BadUserInput, match="cannot be Running"):
            set_task(other, task_run(watched, running).id, "Running", "db", version=1)

        assert client.all_happened()
        assert types(watched, running) == {}
        assert marked(watched) == []
        assert slots(watched)["db"] == 0

    @pytest.mark.parametrize("labels", [[], ["gpu"]], ids=["no slot", "a slot"])
    @pytest.mark.parametrize("version", [2, None])
    @pytest.mark.parametrize("end", [*ENDS, "Cancelled", "Scheduled"])
    def test_end_without_task_runs_is_written_only_if_none_has_begun_since(
        self, watched, flow_id, end, version, labels
    ):
        run_id = watched.create(flow_id, labels=labels)
        watched.set(run_id, "Running", 1)
        other, client = watched.interfered()
        write = "transact_write_items" if labels else "update_item"
        client.alter(write, lambda send: (begin(watched, run_id), send())[1])

        other.set(run_id, end, version)

        assert client.all_happened()
        assert marked(watched) == [run_id]
        watched.clock.advance(**LATEST)
        recover(watched)
        assert types(watched, run_id)["Running"] == 0
        assert slots(watched) == {"db": 0, "gpu": 0}

    def test_reschedule_is_given_up_if_a_task_run_begins_meanwhile(self, watched, flow_id):
        run_id = watched.create(flow_id)
        watched.set(run_id, "Running", 1)
        watched.clock.advance(minutes=5)
        recover(watched)  # finishes the counts of the limits
        watched.clock.advance(minutes=6)
        other, client = watched.interfered()
        client.alter("update_item", lambda send: (begin(watched, run_id), send())[1])

        assert recover(other) == {"lost": 1}

        assert watched.types(run_id)[-1] == "Running"
        assert types(watched, run_id) == {"Running": 1}

    def test_each_state_of_a_run_without_task_runs_costs_one_write(self, watched, flow_id):
        run_id = watched.create(flow_id)
        counted, client = watched.interfered()

        for version, state in enumerate(["Submitted", "Running", "Success"], 1):
            counted.set(run_id, state, version)

        assert [call for call in client.calls if call not in ("get_item", "query")] == ["update_item"] * 3
        assert marked(watched) == []


class TestUnforeseenStarts:
    """A flow run whose task runs have all ended leaves nothing, unless a task run begins again."""

    def end_all(self, world, run_id):
        for number in (1, 2):
            set_task(world, begin(world, run_id, number, tags=()), "Success")

    @pytest.mark.parametrize("end", [*ENDS, "Cancelled"])
    def test_ended_task_run_that_begins_again_is_found(self, watched, running, end):
        self.end_all(watched, running)
        dying, client = watched.interfered()
        # The first update puts the marker.
        client.alter("update_item", lambda send: send())
        client.alter("update_item", lambda send: (watched.set(running, end), send())[1])
        client.fail("get_item", *[RuntimeError("it dies here")] * 9)
        with pytest.raises(RuntimeError):
            set_task(dying, task_run(watched, running).id, "Running", version=3)
        assert types(watched, running) == {"Running": 1, "Success": 1}
        watched.clock.advance(**LATEST)

        recover(watched)

        assert types(watched, running)["Running"] == 0

    @pytest.mark.dynoxide_only
    def test_task_run_of_a_later_registered_task_is_found(self, watched, running, flow_id):
        from operations.flows.extending import add_tasks  # noqa: PLC0415

        self.end_all(watched, running)
        add_tasks(watched.context, flow_id, [{"slug": "three-1"}])
        begin(watched, running, 3)
        watched.set(running, "Success")
        watched.clock.advance(**LATEST)

        assert recover(watched) == {"failed": 1}

        assert slots(watched)["db"] == 0


class TestWaiting:
    @pytest.mark.parametrize("state", ["Scheduled", "Paused", "Pending", "Resume"])
    def test_task_run_of_a_flow_run_that_waits_again_is_retried_or_fails(self, watched, state):
        flow_id = watched.register(
            {"name": "F", "tasks": [{"slug": "a-1"}, {"slug": "b-1", "max_retries": 1}]}
        )
        run_id = watched.create(flow_id)
        watched.set(run_id, "Running")
        begin(watched, run_id, 1)
        begin(watched, run_id, 2, tags=())
        watched.set(run_id, state)
        watched.clock.advance(**LATEST)

        assert recover(watched) == {"failed": 1, "retried": 1}

        assert slots(watched)["db"] == 0
        assert marked(watched) == []
        assert watched.types(run_id)[-1] == state

    def test_flow_run_from_submitted_to_scheduled_leaves_nothing(self, watched, running):
        begin(watched, running)
        watched.set(running, "Submitted")
        watched.set(running, "Scheduled")
        watched.clock.advance(**LATEST)

        assert recover(watched) == {"failed": 1}

    def test_run_that_only_waited_is_not_marked(self, watched, flow_id):
        run_id = watched.create(flow_id)
        for version, state in enumerate(["Paused", "Scheduled", "Submitted", "Scheduled", "Failed"], 1):
            watched.set(run_id, state, version)

        assert marked(watched) == []


WAITS = {"type": "Scheduled", "start_time": (START + timedelta(days=10)).isoformat()}


class TestStartsUnderWay:
    """The write that sets a task run Running arrives after its flow run has changed its state."""

    @pytest.mark.dynoxide_only
    @pytest.mark.parametrize(
        "path",
        [
            ["Submitted", WAITS],
            ["Submitted", "Paused"],
            ["Submitted", "Pending"],
            ["Submitted", "Submitted", "Queued"],
            ["Submitted", "Pending", "Failed"],
            ["Submitted", "Failed"],
            ["Pending", WAITS],
            ["Pending", "Failed"],
            [WAITS, "Failed"],
            ["Paused", "Success"],
        ],
        ids=lambda path: "-".join(state if isinstance(state, str) else "Scheduled" for state in path),
    )
    @pytest.mark.parametrize("begun_before", [False, True], ids=["first state", "later state"])
    @pytest.mark.parametrize("dies", [False, True], ids=["its server lives", "its server dies"])
    def test_task_run_whose_start_arrives_late_does_not_stay_running(self, watched, path, begun_before, dies):
        # Given
        flow_id = watched.register({"name": "Flow", "tasks": [{"slug": "one"}, {"slug": "two"}]})
        run_id = watched.create(flow_id)
        watched.set(run_id, "Submitted")
        watched.set(run_id, "Running")
        task_run_id = get_or_create_task_run(watched.context, run_id, f"{flow_id[:-4]}0001", None).id
        if begun_before:
            set_task(watched, task_run_id, "Retrying")
        faulty, client = watched.interfered()

        def late(send):
            for state in path:
                watched.set(run_id, state, watched.run(run_id).version)
            response = send()
            if dies:
                raise KeyboardInterrupt
            return response

        client.alter("update_item" if begun_before else "put_item", late)

        # When
        with suppress(KeyboardInterrupt, BadUserInput):
            set_task(faulty, task_run_id, "Running")
        for _ in range(20):
            watched.clock.advance(minutes=1)
            recover(watched)

        # Then
        assert client.all_happened()
        assert get_task_run(watched.context, task_run_id).state.type != "Running"


class TestRestarts:
    """A flow run that is Running again before the next tick."""

    def restart(self, world, run_id, end="Failed"):
        for state in (end, "Scheduled", "Submitted", "Running"):
            world.set(run_id, state)
            world.clock.advance(seconds=1)

    @pytest.mark.dynoxide_only
    @pytest.mark.parametrize("end", ["Failed", "Success", "Cancelled"])
    def test_task_runs_of_the_new_process_continue_and_of_the_old_one_end(self, watched, running, end):
        begin(watched, running, 1)
        self.restart(watched, running, end)
        new = begin(watched, running, 2, tags=())
        for _ in range(5):
            watched.clock.advance(seconds=60)
            send_heartbeat(watched, running)
            recover(watched)

        ended = "Cancelled" if end == "Cancelled" else "Failed"
        assert types(watched, running) == {ended: 1, "Running": 1}
        assert task_run(watched, running, 2).id == new
        assert task_run(watched, running, 2).state.type == "Running"
        assert slots(watched) == {"db": 0, "gpu": 1}
        assert watched.types(running)[-1] == "Running"
        assert marked(watched) == []

    @pytest.mark.dynoxide_only
    def test_task_run_of_the_old_process_with_heartbeats_continues(self, watched, running):
        identifier = begin(watched, running, 1)
        self.restart(watched, running)
        for _ in range(5):
            watched.clock.advance(seconds=60)
            send_heartbeat(watched, running, "0.8.1")
            update_task_run_heartbeat(watched.context, identifier)
            assert recover(watched) == {}

        assert types(watched, running) == {"Running": 1}
        assert marked(watched) == [running]

    def test_refused_change_of_a_marked_run_changes_nothing(self, watched, running):
        begin(watched, running, 1)
        other, client = watched.interfered()
        client.alter("update_item", lambda send: send())  # the marker
        client.alter("update_item", lambda send: (watched.set(running, "Running", 3), send())[1])
        with pytest.raises(VersionLockingError):
            other.set(running, "Failed", 3)
        for _ in range(5):
            watched.clock.advance(seconds=60)
            send_heartbeat(watched, running)
            assert recover(watched) == {}

        assert types(watched, running) == {"Running": 1}
        assert marked(watched) == []


class TestKills:
    """The request that ends a flow run is killed at each of its calls, before or after the call happens."""

    @pytest.mark.dynoxide_only
    @pytest.mark.parametrize("happens", [True, False])
    @pytest.mark.parametrize("end", [*ENDS, "Cancelled", "Scheduled"])
    def test_no_slot_outlives_the_run_wherever_its_end_is_interrupted(self, watched, flow_id, end, happens):
        for place in range(12):
            run_id = watched.create(flow_id)
            watched.set(run_id, "Running", 1)
            begin(watched, run_id, 1)
            begin(watched, run_id, 2, 0, tags=())
            died = not self.ends(watched, run_id, end, place, happens=happens)
            if watched.run(run_id).state.type == "Running":
                send_heartbeat(watched, run_id)
                watched.set(run_id, end, 2)
            watched.clock.advance(**LATEST)
            recover(watched)

            assert slots(watched)["db"] == 0, place
            assert types(watched, run_id).keys() <= {"Failed", "Cancelled"}
            watched.clock.advance(minutes=2)
            recover(watched)
            assert marked(watched) == []
            if not died:
                return
        pytest.fail("it has more calls than that")

    def ends(self, world, run_id, end, place, *, happens):
        dying, client = world.interfered()
        made = []

        def killed(operation):
            def call(send):
                made.append(operation)
                if len(made) <= place:
                    return send()
                if happens:
                    send()
                raise KeyboardInterrupt

            return call

        for operation in CALLS:
            for _ in range(20):
                client.alter(operation, killed(operation))
        try:
            dying.set(run_id, end, 2)
        except KeyboardInterrupt:
            return False
        return True


class TestCosts:
    def writes(self, world, run_id, end, version):
        counted, client = world.interfered()
        counted.set(run_id, end, version)
        return [call for call in client.calls if call not in ("get_item", "query")]

    def ended(self, world, run_id):
        set_task(world, begin(world, run_id, 1, tags=()), "Success")
        set_task(world, task_run(world, run_id, 2).id, "Mapped", n_map_states=2)
        for index in range(2):
            set_task(world, begin(world, run_id, 2, index, tags=()), "Failed")

    @pytest.mark.parametrize("end", [*ENDS, "Cancelled", "Scheduled"])
    def test_end_of_a_run_with_ended_task_runs_costs_one_write(self, watched, flow_id, end):
        run_id = watched.create(flow_id)
        watched.set(run_id, "Running", 1)
        self.ended(watched, run_id)

        assert self.writes(watched, run_id, end, 2) == ["update_item"]
        assert marked(watched) == []

    @pytest.mark.parametrize(
        "change",
        [
            {"state": "Looped"},
            {"state": "Pending"},
            {"state": "Mapped", "n_map_states": 3},
            {"state": "Mapped"},
            {"state": "Mapped", "n_map_states": "2"},
            {"state": "Success"},
        ],
        ids=str,
    )
    def test_run_with_a_missing_or_unfinished_task_run_is_marked(self, watched, flow_id, change):
        run_id = watched.create(flow_id)
        watched.set(run_id, "Running", 1)
        self.ended(watched, run_id)
        more = dict(change)
        set_task(watched, task_run(watched, run_id, 2).id, more.pop("state"), **more)

        watched.set(run_id, "Success", 2)

        assert marked(watched) == [run_id]

    @pytest.mark.parametrize("state", ["Submitted", "Running", "Cancelling"])
    def test_state_that_needs_a_process_costs_nothing_more(self, watched, flow_id, state):
        run_id = watched.create(flow_id)
        watched.set(run_id, "Running", 1)

        assert self.writes(watched, run_id, state, 2) == ["update_item"]
        assert marked(watched) == []

    def test_run_with_more_task_runs_than_one_page_is_marked_unread(self, watched, flow_id):
        run_id = watched.create(flow_id)
        watched.set(run_id, "Running", 1)
        self.ended(watched, run_id)
        item = watched.item(run_id, "taskmap#0002#0000000")
        large = {**item, "pad": {"B": b"x" * 380_000}}
        for index in range(4):
            watched.table.put(Item={**large, "sk": {"S": f"taskmap#0002#000000{index}"}})
        counted, client = watched.interfered()

        counted.set(run_id, "Success", 2)

        assert client.calls.count("query") == 1
        assert marked(watched) == [run_id]


class TestBounds:
    def leave(self, world, flow_id, count):
        runs = [world.create(flow_id) for _ in range(count)]
        for run_id in runs:
            world.set(run_id, "Running", 1)
            begin(world, run_id, 1, tags=())
            world.set(run_id, "Failed", 2)
        world.clock.advance(**LATEST)
        return runs

    @pytest.mark.dynoxide_only
    def test_bounded_ticks_continue_behind_living_marked_runs(self, watched, flow_id):
        runs = self.leave(watched, flow_id, 9)
        for run_id in runs[:8]:
            send_heartbeat(watched, run_id)

        done = [recover(watched, runs=3) for _ in range(3)]

        assert done == [{}, {}, {"failed": 1}] or sum(result.get("failed", 0) for result in done) == 1
        assert sorted(marked(watched)) == sorted(runs[:8])

    @pytest.mark.dynoxide_only
    def test_tick_without_time_leaves_marked_runs_to_the_next_tick(self, watched, flow_id):
        self.leave(watched, flow_id, 3)

        assert recover(watched, time_left=lambda: 0.0) == {}
        assert recover(watched) == {"failed": 3}

    @pytest.mark.dynoxide_only
    def test_fault_of_one_marked_run_does_not_stop_the_others(self, watched, flow_id, monkeypatch):
        runs = self.leave(watched, flow_id, 3)
        look = following_up._end_task_runs

        def fail_for_one(context, case, run, done):
            return 1 / 0 if run.id == runs[1] else look(context, case, run, done)

        monkeypatch.setattr(following_up, "_end_task_runs", fail_for_one)

        assert recover(watched) == {"failed": 2, "faults": 1}

        assert marked(watched) == [runs[1]]

    def test_silence_during_a_break_does_not_end_left_task_runs(self, watched, flow_id):
        self.leave(watched, flow_id, 1)
        real = RecoverySettings()
        watched.clock.advance(hours=1)

        assert tick(watched.context, real, Bounds(lambda: 9.0)).counts["failed"] == 0
        for _ in range(3):
            watched.clock.advance(seconds=60)
            summary = tick(watched.context, real, Bounds(lambda: 9.0))

        assert summary.counts["failed"] == 1


class TestDeletions:
    def test_rest_of_a_deleted_run_is_deleted_by_the_next_tick(self, watched, running, monkeypatch):
        begin(watched, running)
        watched.store.follow_ups.put(running, watched.clock(), deletes=True)
        watched.clock.advance(**LATEST)
        recover(watched)
        watched.clock.advance(**LATEST)
        recover(watched)

        assert watched.partition(running) == []
        assert slots(watched) == {"db": 0, "gpu": 0}

    def test_items_written_after_the_deletion_are_deleted_too(self, watched, running):
        begin(watched, running)
        item = watched.item(running, "task#0001")
        watched.store.follow_ups.put(running, watched.clock(), deletes=True)
        assert watched.store.flow_runs.delete(running)
        watched.store.follow_ups.put(running, watched.clock(), deletes=True)
        del item["slots"]
        watched.table.put(Item=item)
        watched.clock.advance(**LATEST)

        recover(watched)

        assert watched.partition(running) == []

    @pytest.mark.dynoxide_only
    def test_run_with_a_missing_part_stays_if_it_is_not_being_deleted(self, watched, running):
        for _ in range(20):
            watched.set(running, "Running")
        part = next(item for item in watched.partition(running) if item["sk"]["S"].startswith("states#"))
        watched.table.delete(Key={"pk": part["pk"], "sk": part["sk"]})
        watched.store.follow_ups.put(running, watched.clock())
        watched.clock.advance(**LATEST)

        recover(watched)

        assert watched.item(running)

    @pytest.mark.dynoxide_only
    def test_large_deletion_leaves_time_to_others_and_is_finished(
        self, watched, flow_id, running, monkeypatch
    ):
        monkeypatch.setattr(mapped_children, "_AT_A_TIME", 1)
        monkeypatch.setattr(attempts, "_BATCH", 1)
        behind = [watched.create(flow_id) for _ in range(3)]
        for block in range(60):
            task_run(watched, running, 2, 1_000 * block)
        for run_id in [running, *behind]:
            delete_flow_run(watched.context, run_id)
            watched.clock.advance(seconds=1)

        watched.clock.advance(minutes=1)
        left = []
        while watched.partition(running):
            watched.clock.advance(**LATEST)
            recover(watched, time_left=partial(next, count(100.0, -1.0)))
            left.append(len(watched.partition(running)))
            assert not any(map(watched.partition, behind))

        assert 2 < len(left) < 30
        assert left == sorted(set(left), reverse=True)
        assert watched.items("map") == []
        assert marked(watched) == []


class TestOldEntries:
    def test_interrupted_cancellation_of_the_first_release_is_finished(self, watched, running):
        begin(watched, running)
        shard = watched.item(running)["status_shard"]
        FlowRuns.set_state(
            watched.store.flow_runs,
            FlowRunChange(flow_run_id=running, version=3, state=_cancelled()),
            watched.clock(),
            b"token!",
        )
        watched.table.update(
            Key={"pk": watched.item(running)["pk"], "sk": {"S": "run"}},
            UpdateExpression="SET status_shard = :shard, status_order = :order",
            ExpressionAttributeValues={":shard": shard, ":order": {"S": f"!{running}"}},
        )
        watched.clock.advance(**LATEST)
        recover(watched)
        assert watched.listed("live") == []
        assert watched.listed("Cancelled") == [running]
        watched.clock.advance(**LATEST)

        assert recover(watched) == {"cancelled": 1}

        assert slots(watched)["db"] == 0


def _cancelled():
    from domain.flow_runs.states import State  # noqa: PLC0415

    return State({"type": "Cancelled"})


def test_marker_is_put_only_for_a_start_of_an_ended_or_new_task_run(watched, running):
    """Check that the usual start of a task run puts no marker."""
    begin(watched, running, 1)
    set_task(watched, Address(running, 1).id, "Retrying")
    begin(watched, running, 1)
    set_task(watched, Address(running, 1).id, "Looped")
    begin(watched, running, 1)
    assert marked(watched) == []
    set_task(watched, Address(running, 1).id, "Success")
    begin(watched, running, 1)
    assert marked(watched) == [running]
