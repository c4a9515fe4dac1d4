"""Labels whose hashes begin alike: agents with one of them find their runs beside any number of the others.

Whoever may create runs can look for such labels. So their runs must cost the agents of others next to
nothing, also if they were listed when keys did not tell these labels apart.
"""

from datetime import timedelta

import pytest

from domain.queue.label_sets import former_digest
from operations.flow_runs.states import set_flow_run_labels
from operations.queue import polling
from operations.queue.polling import MAX_READ_A_POLL, MAX_RUNS_A_POLL
from storage.flow_runs import flow_run_items
from storage.queue import waiting_sets
from tests.alike import ALIKE
from tests.contract.backlog import backlog, useless_markers
from tests.contract.factories import SHARDS, START
from tests.contract.polls import measured_poll, poll

LONG_AGO = START - timedelta(days=400)
# Either label may be the one of the victim: one of them has the smaller hash.
BOTH_WAYS = pytest.mark.parametrize(("mine", "theirs"), [ALIKE, ALIKE[::-1]], ids=["first", "second"])


@pytest.fixture
def flow_id(world):
    return world.register({"name": "Flow"})


@pytest.fixture
def listed_formerly(monkeypatch):
    """Return a function that stores a backlog as it was listed before there were hashes of whole sets."""

    def store(*arguments, **more):
        with monkeypatch.context() as patch:
            patch.setattr(flow_run_items, "labels_digest", former_digest)
            return backlog(*arguments, **more)

    return store


def orders(world):
    return {item["status_order"]["S"] for item in world.items("run") if "status_order" in item}


@BOTH_WAYS
@pytest.mark.parametrize("strangers", [[0], [0, 1]], ids=["with the other label", "and with both"])
def test_runs_with_a_label_that_is_alike_cost_a_poll_a_query_a_shard(world, flow_id, mine, theirs, strangers):
    run_id = world.create(flow_id, labels=[mine])
    alone = measured_poll(world, mine)
    sets = [[theirs], [mine, theirs]]
    backlog(world, flow_id, MAX_READ_A_POLL + 20, [sets[each] for each in strangers], start=LONG_AGO)

    found, calls, units = measured_poll(world, mine)

    assert found == alone[0] == [run_id]
    assert calls.keys() == alone[1].keys()
    assert calls["query"] <= alone[1]["query"] + SHARDS
    assert units <= alone[2] + SHARDS


@BOTH_WAYS
def test_agents_of_both_labels_are_offered_their_own_runs(world, flow_id, mine, theirs):
    many = backlog(world, flow_id, 60, [[theirs], [mine]], start=LONG_AGO)

    assert poll(world, theirs) == many[0::2][:MAX_RUNS_A_POLL]
    assert poll(world, mine) == many[1::2][:MAX_RUNS_A_POLL]
    assert poll(world, mine, theirs) == many[:MAX_RUNS_A_POLL]
    assert poll(world, "another") == []


@pytest.mark.dynoxide_only
@BOTH_WAYS
def test_runs_with_further_labels_are_told_apart_as_well(world, flow_id, mine, theirs):
    sets = [[mine, "x"], [theirs, "x"], [mine, theirs, "x"], [mine], [theirs]]
    many = backlog(world, flow_id, 50, sets, start=LONG_AGO)

    assert poll(world, mine, "x") == [run_id for n, run_id in enumerate(many) if n % 5 in (0, 3)]
    assert poll(world, theirs, "x") == [run_id for n, run_id in enumerate(many) if n % 5 in (1, 4)]
    assert poll(world, mine, theirs, "x") == many[:MAX_RUNS_A_POLL]


@pytest.mark.dynoxide_only
@BOTH_WAYS
def test_run_is_found_after_a_change_between_labels_that_are_alike(world, flow_id, mine, theirs):
    run_id = world.create(flow_id, labels=[mine])

    set_flow_run_labels(world.context, run_id, [theirs])

    assert poll(world, mine) == []
    assert poll(world, theirs) == [run_id]


@pytest.mark.dynoxide_only
@BOTH_WAYS
def test_markers_of_runs_with_a_label_that_is_alike_are_not_met(world, flow_id, mine, theirs):
    useless_markers(world, flow_id, 40, [theirs], "Failed")
    run_id = world.create(flow_id, labels=[mine])

    found, calls, _ = measured_poll(world, mine)

    assert found == [run_id]
    assert calls.keys() == {"query", "get_item"}


@pytest.mark.dynoxide_only
def test_runs_that_must_be_closed_are_found_without_those_of_a_label_that_is_alike(
    world, flow_id, listed_formerly
):
    mine, theirs = ALIKE
    former = listed_formerly(world, flow_id, 5, [[mine]], start=LONG_AGO)
    own = backlog(world, flow_id, 15, [[mine]], start=LONG_AGO)
    backlog(world, flow_id, 300, [[theirs]], start=LONG_AGO)
    backlog(world, flow_id, 7, [[mine]], start=START + timedelta(days=1))

    assert sorted(world.store.schedules.waiting([mine], START)) == sorted(former + own)
    assert list(world.store.schedules.waiting(["another"], START)) == []


class TestRunsThatWereListedFormerly:
    @pytest.mark.parametrize("page", [1, 16])
    def test_they_are_taken_beside_new_ones_longest_due_first(
        self, world, flow_id, listed_formerly, monkeypatch, page
    ):
        monkeypatch.setattr(waiting_sets, "SMALLEST_PAGE", page)
        former = listed_formerly(world, flow_id, 8, [["a"], ["a", "b"]])
        new = backlog(world, flow_id, 10, [["a", "b"], ["a"]])
        planned = listed_formerly(world, flow_id, 9, [["a"]], start=START + timedelta(hours=1))

        found = poll(world, "a", "b")

        assert set(found) == {*former, *new}
        assert [run_id for run_id in found if run_id in former] == former
        assert [run_id for run_id in found if run_id in new] == new
        assert found[:2] == new[:2]
        assert not set(planned) & set(found)
        starts = world.store.queue.starts((None, None), descending=True, first_page=page)
        assert [run_id for _, run_id in starts][:9] == planned[::-1]

    @BOTH_WAYS
    def test_each_poll_moves_those_of_others_so_that_later_polls_do_not_meet_them(
        self, world, flow_id, listed_formerly, monkeypatch, mine, theirs
    ):
        monkeypatch.setattr(polling, "MAX_READ_A_POLL", 25)
        run_id = world.create(flow_id, labels=[mine])
        many = listed_formerly(world, flow_id, 60, [[theirs]], start=LONG_AGO)

        assert [poll(world, mine) for _ in range(3)] == [[], [], [run_id]]
        _, calls, _ = measured_poll(world, mine)
        assert calls.keys() == {"query", "get_item"}
        assert all("." in order for order in orders(world))
        assert poll(world, theirs) == many[:MAX_RUNS_A_POLL]

    @pytest.mark.dynoxide_only
    def test_more_of_others_than_a_poll_reads_hide_a_run_from_one_poll_only(
        self, world, flow_id, listed_formerly
    ):
        mine, theirs = ALIKE
        run_id = world.create(flow_id, labels=[mine])
        listed_formerly(world, flow_id, MAX_READ_A_POLL + 20, [[theirs]], start=LONG_AGO)

        assert [poll(world, mine) for _ in range(2)] == [[], [run_id]]
