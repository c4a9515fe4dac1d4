"""Many runs are changed by one filter, a portion at a time, each as a request for it alone changes it."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from domain.concurrency.limits import LimitKind
from domain.errors import ApiError, BadUserInput, NotFound
from domain.flow_runs.bulk_changes import Action, BulkChange, Untouched
from domain.work import Work
from operations.concurrency.limits import update_limit
from operations.flow_runs import changing_each
from operations.flow_runs.bulk_changing import BulkRequest, change_flow_runs
from operations.flow_runs.bulk_portions import Portion
from operations.flow_runs.ending import cancel_flow_run, cancel_run
from operations.reads import portions
from tests.contract.factories import at_once
from tests.contract.gaps import OneGap
from tests.contract.ruled_runs import claim, ruled_flow
from tests.contract.test_schedules import runs_of

CANCEL, DELETE = BulkChange(action=Action.CANCEL), BulkChange(action=Action.DELETE)
DELETE_LIVE = replace(DELETE, live=True)
ALREADY_DONE, ENDED, LIVE = Untouched.ALREADY_DONE, Untouched.ENDED, Untouched.LIVE


def setting(state, message=None):
    return BulkChange(action=Action.SET_STATE, state=state, message=message)


def change(world, what, where=None, **more):
    request = BulkRequest(change=what, where=where, everything=where is None, **more)
    return change_flow_runs(world.context, request)


def change_all(world, what, where=None, **more):
    """Send portion after portion. Return them."""
    done = [change(world, what, where, **more)]
    while done[-1].continuation is not None:
        assert len(done) < 100
        done.append(change(world, what, where, **more | {"continuation": done[-1].continuation}))
    return done


def changed_in(done):
    return sorted(run_id for portion in done for run_id in portion.changed)


def untouched_in(done):
    return sum((portion.untouched for portion in done), Counter())


def runs(world, flow_id, *states):
    """Create a run for each state. Return their ids."""
    ids = []
    for state in states:
        run_id = world.create(flow_id)
        path = {"Scheduled": (), "Submitted": ("Submitted",), "Running": ("Submitted", "Running")}
        for step in path.get(state, ("Submitted", "Running", state)):
            world.set(run_id, step)
        ids.append(run_id)
    return ids


@pytest.fixture
def flow_id(world):
    return world.register()


def of(flow_id, **more):
    return {"flow_id": {"_eq": flow_id}} | more


def test_runs_that_match_are_cancelled_and_no_others(world, flow_id):
    waiting, taken, running, cancelled, ended = runs(
        world, flow_id, "Scheduled", "Submitted", "Running", "Cancelled", "Success"
    )
    (other,) = runs(world, world.register(), "Scheduled")

    portion = change(world, replace(CANCEL, message="Not today."), of(flow_id))

    assert sorted(portion.changed) == sorted([waiting, taken, running])
    assert portion.untouched == {ALREADY_DONE: 1, ENDED: 1}
    assert (portion.matched, portion.failed, portion.continuation) == (5, [], None)
    types = {run_id: world.run(run_id).state.type for run_id in (waiting, taken, running, cancelled, ended)}
    assert list(types.values()) == ["Cancelled", "Cancelled", "Cancelling", "Cancelled", "Success"]
    assert world.run(waiting).state.message == "Not today."
    assert world.run(other).version == 1


def test_runs_that_match_are_deleted_but_for_those_with_a_process(world, flow_id):
    waiting, taken, running, ended = runs(world, flow_id, "Scheduled", "Submitted", "Running", "Failed")

    portion = change(world, DELETE, of(flow_id))

    assert sorted(portion.changed) == sorted([waiting, ended])
    assert portion.untouched == {LIVE: 2}
    assert [world.exists(run_id) for run_id in (waiting, taken, running, ended)] == [False, True, True, False]
    assert sorted(change(world, DELETE_LIVE, of(flow_id)).changed) == sorted([taken, running])
    assert not world.exists(running)


@pytest.mark.parametrize("state", ["Scheduled", "Paused", "Success", "Failed", "Cancelled", "Skipped"])
def test_state_is_set_on_runs_that_match(world, flow_id, state):
    world.clock.advance(seconds=-60)
    ids = runs(world, flow_id, "Scheduled", "Running", "Aborted")
    world.clock.advance(seconds=60)

    portion = change(world, setting(state, "By hand."), of(flow_id))

    assert sorted(portion.changed) == sorted(ids)
    for run_id in ids:
        assert world.run(run_id).state.type == state
        assert world.run(run_id).state.message == "By hand."
        assert world.types(run_id)[-1] == state
    assert change(world, setting(state, "By hand."), of(flow_id)).untouched == {ALREADY_DONE: 3}
    assert [world.run(run_id).version for run_id in ids] == [2, 4, 5]


@pytest.mark.parametrize("what", [CANCEL, DELETE, setting("Failed")], ids=["cancel", "delete", "set"])
def test_dry_run_tells_what_the_change_would_do_and_its_cost_and_writes_nothing(world, flow_id, what):
    runs(world, flow_id, *["Scheduled", "Running", "Success"] * 9)
    before = world.items()

    told = change(world, what, of(flow_id), dry_run=True)

    assert world.items() == before
    metered, consumption = world.metered()
    done = change(metered, what, of(flow_id))
    assert (done.changed, done.untouched, done.matched) == (told.changed, told.untouched, told.matched)
    assert told.matched == 27
    assert told.continuation is None
    spent = consumption.summary()
    if spent["write_units"] >= 20:  # moto counts a part
        assert told.units.write * 0.6 <= spent["write_units"] <= told.units.write * 1.1
        assert told.units.read * 0.6 <= spent["read_units"] <= told.units.read + 27 + 5


def test_dry_run_counts_on_and_does_not_lead_into_a_change(world, flow_id):
    runs(world, flow_id, *["Scheduled"] * 5)

    first = change(world, CANCEL, of(flow_id), dry_run=True, limit=2)
    counted = change_all(world, CANCEL, of(flow_id), dry_run=True, limit=2)

    assert [portion.matched for portion in counted] == [2, 2, 1]
    assert len(changed_in(counted)) == 5
    with pytest.raises(BadUserInput, match="belongs to a change with other values"):
        change(world, CANCEL, of(flow_id), continuation=first.continuation)


@pytest.mark.parametrize("limit", [1, 2, 7])
@pytest.mark.parametrize("what", [CANCEL, DELETE, setting("Failed")], ids=["cancel", "delete", "set"])
def test_portions_change_each_run_once_though_all_were_created_in_one_instant(world, flow_id, what, limit):
    ids = runs(world, flow_id, *["Scheduled"] * 7)

    done = change_all(world, what, of(flow_id), limit=limit)

    assert changed_in(done) == sorted(ids)
    assert max(portion.matched for portion in done) <= limit
    assert len(done) <= 7 // limit + 1


def test_runs_that_come_on_meanwhile_are_left_out_so_that_it_ends(world, flow_id):
    ids = runs(world, flow_id, *["Scheduled"] * 4)
    world.clock.advance(seconds=1)
    done = change(world, CANCEL, of(flow_id), limit=2)
    world.clock.advance(seconds=1)
    (later,) = runs(world, flow_id, "Scheduled")

    rest = change_all(world, CANCEL, of(flow_id), continuation=done.continuation)

    assert changed_in([done, *rest]) == sorted(ids)
    assert world.run(later).state.type == "Scheduled"
    as_of = change(world, CANCEL, of(flow_id), as_of=world.clock.time - timedelta(seconds=1))
    assert (as_of.matched, as_of.untouched) == (4, {ALREADY_DONE: 4})


@pytest.mark.parametrize("what", [CANCEL, DELETE, setting("Failed", "x")], ids=["cancel", "delete", "set"])
def test_portion_that_is_sent_again_changes_nothing_twice(world, flow_id, what):
    runs(world, flow_id, *["Scheduled"] * 4)
    first = change(world, what, of(flow_id), limit=2)
    before = {item["pk"]["S"]: item for item in world.items("run")}

    again = change(world, what, of(flow_id), limit=2)

    if what is DELETE:  # those that are gone match no more
        assert len(again.changed) == 2
    else:
        assert (again.changed, again.untouched) == ([], {ALREADY_DONE: 2})
        assert {item["pk"]["S"]: item for item in world.items("run")} == before
        assert again.continuation == first.continuation


def test_run_that_went_on_after_a_lost_response_is_not_set_again(world, flow_id):
    (run_id,) = runs(world, flow_id, "Failed")
    as_of = world.clock.time
    assert change(world, setting("Scheduled"), of(flow_id), as_of=as_of).changed == [run_id]
    world.clock.advance(seconds=1)
    world.set(run_id, "Submitted")
    world.set(run_id, "Running")

    again = change(world, setting("Scheduled"), of(flow_id), as_of=as_of)

    assert again.changed == []
    (failure,) = again.failed
    assert (failure.flow_run_id, failure.error.code) == (run_id, "VERSION_LOCKING_ERROR")
    assert failure.error.extensions["current_state"] == "Running"
    assert world.run(run_id).state.type == "Running"


class TestInTheGaps:
    """An agent begins a run, or somebody ends it, before each call of a change in turn."""

    def tried(self, world, flow_id, what, meanwhile):
        gap = 0
        while True:
            gap += 1
            (run_id,) = runs(world, flow_id, "Scheduled")
            done: list[bool] = []

            def act(run_id=run_id, done=done):
                done.append(True)
                meanwhile(run_id)

            other = world.through(OneGap(world.client, gap, act))
            portion = change(other, what, {"id": {"_eq": run_id}})
            if not done:
                assert gap > 2
                return
            yield run_id, portion

    @pytest.mark.dynoxide_only
    def test_run_that_an_agent_begins_is_cancelled_all_the_same(self, world, flow_id):
        for run_id, portion in self.tried(world, flow_id, CANCEL, partial(claim, world)):
            assert portion.changed == [run_id] or portion.failed == []
            assert world.run(run_id).state.type in ("Cancelled", "Cancelling", "Submitted")
            if portion.changed:
                assert world.types(run_id).count("Cancelled") == 1

    @pytest.mark.dynoxide_only
    def test_run_that_another_cancels_counts_once(self, world, flow_id):
        def cancel(run_id):
            cancel_flow_run(world.context, run_id)

        for run_id, portion in self.tried(world, flow_id, CANCEL, cancel):
            assert world.types(run_id) == ["Scheduled", "Cancelled"]
            assert portion.failed == []
            assert portion.changed in ([], [run_id])

    @pytest.mark.dynoxide_only
    def test_state_is_not_forced_on_a_run_that_an_agent_begins(self, world, flow_id):
        results = []
        for run_id, portion in self.tried(world, flow_id, setting("Failed"), partial(claim, world)):
            types = world.types(run_id)
            if portion.changed:
                results.append("changed")
                assert types in (
                    ["Scheduled", "Submitted", "Failed"],
                    ["Scheduled", "Failed"],
                    ["Scheduled", "Failed", "Submitted"],
                )
            else:
                (failure,) = portion.failed
                results.append(failure.error.code)
                assert types == ["Scheduled", "Submitted"]
        assert "VERSION_LOCKING_ERROR" in results

    @pytest.mark.dynoxide_only
    def test_run_that_an_agent_begins_is_not_deleted_once_that_is_seen(self, world, flow_id):
        def begin(run_id):
            with suppress(NotFound):
                world.set(run_id, "Submitted")

        for run_id, portion in self.tried(world, flow_id, DELETE, begin):
            assert portion.failed == []
            assert world.exists(run_id) == (portion.changed == [])


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("what", [CANCEL, setting("Failed")], ids=["cancel", "set"])
def test_two_changes_at_once_change_each_run_once(world, flow_id, what):
    ids = runs(world, flow_id, *["Scheduled"] * 30)

    done = at_once(*[partial(change_all, world, what, of(flow_id), limit=9)] * 3)

    assert all(isinstance(portions, list) for portions in done), done
    changed = [run_id for portions in done for portion in portions for run_id in portion.changed]
    assert sorted(changed) == sorted(ids)
    assert {world.run(run_id).version for run_id in ids} == {2}
    codes = {failure.error.code for each in done for portion in each for failure in portion.failed}
    assert codes <= {"VERSION_LOCKING_ERROR"}


@pytest.mark.dynoxide_only
def test_two_deletions_at_once_leave_no_run(world, flow_id):
    runs(world, flow_id, *["Scheduled", "Failed"] * 15)

    done = at_once(*[partial(change_all, world, DELETE, of(flow_id), limit=9)] * 3)

    assert all(isinstance(portions, list) for portions in done), done
    assert runs_of(world, flow_id) == []
    assert all(portion.failed == [] for portions in done for portion in portions)


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("what", [CANCEL, DELETE_LIVE, setting("Failed")], ids=["cancel", "delete", "set"])
def test_request_with_little_work_left_changes_some_and_its_continuation_the_others(world, flow_id, what):
    ids = runs(world, flow_id, *["Scheduled"] * 50)
    done: list[Portion] = []
    continuation = None
    while not done or continuation is not None:
        assert len(done) < 10
        small = world.within(Work(max_units=60_000))
        done.append(change(small, what, of(flow_id), continuation=continuation))
        continuation = done[-1].continuation

    assert changed_in(done) == sorted(ids)
    assert len(done) > 1


def test_request_that_takes_long_changes_the_first_runs_and_leaves_the_others(world, flow_id, monkeypatch):
    ids = runs(world, flow_id, *["Scheduled"] * 30)
    seconds = [10.0]

    def slowly(*given):
        seconds[0] -= 0.3
        return cancel_run(*given)

    monkeypatch.setattr(changing_each, "cancel_run", slowly)
    hurried = replace(world.context, work=Work(time_left=lambda: seconds[0]))

    first = change_flow_runs(hurried, BulkRequest(change=CANCEL, where=of(flow_id)))

    assert 0 < len(first.changed) < 30
    rest = change_all(world, CANCEL, of(flow_id), continuation=first.continuation)
    assert changed_in([first, *rest]) == sorted(ids)


FILTERS = {
    "id": lambda flow_id, ids: {"id": {"_in": ids}},
    "flow": lambda flow_id, ids: {"flow": {"name": {"_eq": "Flow"}}},
    "flow_id": lambda flow_id, ids: of(flow_id),
    "state": lambda flow_id, ids: {"state": {"_in": ["Scheduled", "Running", "Submitted"]}},
    "flow and state": lambda flow_id, ids: of(flow_id, state={"_neq": "Success"}),
    "no index": lambda flow_id, ids: {"version": {"_lte": 3}, "end_time": {"_is_null": True}},
    "alternatives": lambda flow_id, ids: {
        "_or": [of(flow_id, state={"_eq": "Running"}), {"state": {"_in": ["Scheduled", "Submitted"]}}]
    },
    "name": lambda flow_id, ids: {"name": {"_like": "_%"}, "state": {"_nin": ["Success"]}},
}


@pytest.mark.parametrize("limit", [2, 100])
@pytest.mark.parametrize("name", FILTERS)
def test_filter_chooses_runs_whatever_index_leads_to_them(world, flow_id, name, limit):
    ids = runs(world, flow_id, *["Scheduled", "Submitted", "Running"] * 3)
    runs(world, world.register({"name": "Other"}), "Success")
    where = FILTERS[name](flow_id, ids)

    assert changed_in(change_all(world, DELETE_LIVE, where, limit=limit)) == sorted(ids)


@pytest.mark.parametrize("looked_at", [3, 5])
def test_filter_that_few_runs_pass_gets_on_portion_by_portion(world, flow_id, monkeypatch, looked_at):
    monkeypatch.setattr(portions, "MOST_LOOKED_AT", looked_at)
    other_id = world.register({"name": "Other"})
    ids = runs(world, flow_id, *["Scheduled"] * 23)
    others = runs(world, other_id, *["Success"] * 4)
    wanted = [ids[5], ids[21]]
    for run_id in wanted:
        world.store.flow_runs.rename(run_id, "wanted", world.clock())

    for what, where, expected in (
        (CANCEL, {"name": {"_ilike": "WANTED"}}, wanted),
        (
            setting("Failed"),
            {"_or": [of(flow_id, state={"_eq": "Cancelled"}), of(other_id)]},
            wanted + others,
        ),
    ):
        done = change_all(world, what, where, limit=2)
        assert changed_in(done) == sorted(expected)
        assert untouched_in(done) == {}
    assert len(change_all(world, CANCEL, {"name": {"_ilike": "WANTED"}}, limit=2)) > 3


def test_filter_on_task_runs_chooses_runs(world):
    flow_id = world.register({"name": "Flow", "tasks": [{"slug": "a-1", "name": "a"}]})
    ids = runs(world, flow_id, *["Scheduled"] * 3)

    where = of(flow_id, task_runs={"task": {"name": {"_eq": "a"}}})
    assert changed_in(change_all(world, CANCEL, where)) == sorted(ids)
    assert change_all(world, CANCEL, of(flow_id, task_runs={"state": {"_eq": "Failed"}}))[0].matched == 0


def test_slots_of_runs_that_are_ended_are_free_again(world, flow_id):
    update_limit(world.context, LimitKind.LABEL, "gpu", 2, what="name")
    ids = [world.create(flow_id, labels=["gpu"]) for _ in range(4)]
    for run_id in ids[:2]:
        world.set(run_id, "Running")
    assert change(world, setting("Failed"), of(flow_id, state={"_eq": "Running"})).changed

    world.set(ids[2], "Running")
    assert change(world, DELETE_LIVE, {"id": {"_eq": ids[2]}}).changed == [ids[2]]
    for run_id in [world.create(flow_id, labels=["gpu"]) for _ in range(2)]:
        assert world.set(run_id, "Running").state.type == "Running"


def test_turn_of_a_schedule_is_free_once_its_run_is_cancelled(world):
    flow_id = ruled_flow(world, overlap="buffer_all")
    world.clock.advance(hours=3, minutes=1)
    first, second, *_ = [
        run.id for run in runs_of(world, flow_id) if run.scheduled_start_time <= world.clock()
    ]
    assert claim(world, first) == "Submitted"
    assert claim(world, second) == "Scheduled"

    assert change(world, CANCEL, of(flow_id, state={"_eq": "Submitted"})).changed == [first]

    world.clock.advance(minutes=10)
    assert claim(world, second) == "Submitted"


class TestUnreachable:
    """The database cannot be reached for some of the calls."""

    def broken(self, world, monkeypatch, *unreachable):
        def cancel(context, run, reason=None):
            if run.id in unreachable:
                raise ApiError("Not now.")
            return cancel_run(context, run, reason)

        monkeypatch.setattr(changing_each, "cancel_run", cancel)

    def test_run_that_cannot_be_reached_is_told_and_the_others_are_changed(self, world, flow_id, monkeypatch):
        ids = runs(world, flow_id, *["Scheduled"] * 3)
        self.broken(world, monkeypatch, ids[1])

        portion = change(world, CANCEL, of(flow_id))

        assert sorted(portion.changed) == sorted([ids[0], ids[2]])
        assert [(each.flow_run_id, each.error.code) for each in portion.failed] == [(ids[1], "API_ERROR")]

    def test_portion_of_which_no_run_can_be_reached_is_an_error(self, world, flow_id, monkeypatch):
        ids = runs(world, flow_id, *["Scheduled"] * 3)
        self.broken(world, monkeypatch, *ids)

        with pytest.raises(ApiError, match="Not now"):
            change(world, CANCEL, of(flow_id))

    def test_portion_ends_before_runs_none_of_which_can_be_reached(self, world, flow_id, monkeypatch):
        ids = sorted(runs(world, flow_id, *["Scheduled"] * 30))
        self.broken(world, monkeypatch, *ids[20:])

        portion = change(world, CANCEL, of(flow_id))
        monkeypatch.undo()

        assert (sorted(portion.changed), portion.failed) == (ids[:20], [])
        rest = change(world, CANCEL, of(flow_id), continuation=portion.continuation)
        assert sorted(rest.changed) == ids[20:]


@pytest.mark.dynoxide_only
def test_page_of_runs_costs_one_look_at_each_and_the_changes(world, flow_id):
    for _ in range(3):
        runs(world, world.register(), *["Success"] * 30)
    runs(world, flow_id, *["Scheduled"] * 20)
    metered, consumption = world.metered()

    change(metered, CANCEL, of(flow_id))

    spent = consumption.summary()
    assert spent["write_units"] == 20 * 3
    assert spent["read_units"] <= 20 * 3 + 5
    assert spent["calls"] <= 20 * 3 + 6


@pytest.mark.dynoxide_only
def test_filter_on_task_runs_of_many_tasks_fits_into_a_portion(world):
    """A look at the task runs of each run draws on the budget of the request, so fewer runs are looked at."""
    serialized = {"name": "Flow", "tasks": [{"slug": f"{n}-1", "name": f"{n}"} for n in range(50)]}
    flow_id = world.register(serialized)
    runs(world, flow_id, *["Scheduled"] * 130)

    bounded = world.within(Work())
    first = change(bounded, CANCEL, of(flow_id, task_runs={"name": {"_eq": "none of them"}}))
    assert (first.matched, first.continuation is None) == (0, False)
    bounded = world.within(Work())
    where = of(flow_id, task_runs={"name": {"_eq": "none of them"}})
    assert change(bounded, CANCEL, where, continuation=first.continuation).continuation is None
