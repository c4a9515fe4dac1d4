import random
from dataclasses import replace
from datetime import timedelta
from itertools import chain

import pytest

from domain.errors import ApiError, BadUserInput, NotFound
from domain.ids import member_id
from domain.task_runs.logs import MAX_MESSAGE
from operations.flow_runs.deleting import delete_flow_run
from operations.reads.arguments import Arguments
from operations.reads.plans.task_runs import log_plans
from operations.reads.query import aggregate_rows, list_rows
from operations.reads.rows import Need
from operations.task_runs import logs
from operations.task_runs.logs import write_logs
from tests.contract.clients import connection_closed, no_response_in_time, server_error
from tests.contract.factories import START, incompressible, log_entry

UNKNOWN = "018f0000-0000-7000-8000-000000000000"


@pytest.fixture
def run_id(world):
    return world.new_run()


def read(world, flow_run_id, order="asc", **more):
    where = {"_and": [{"flow_run_id": {"_eq": flow_run_id}}, more.pop("where", {})]}
    arguments = Arguments(where=where, order_by=[{"timestamp": order}], **more)
    return [row.value.entry for row in list_rows(world.context, "log", arguments, Need())]


def forever(world, entries):
    """Write entries that never expire."""
    write_logs(replace(world.context, logs_kept=None), entries)


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("seed", range(6))
def test_entries_in_random_batches_are_read_as_from_a_sorted_list(world, run_id, seed):
    # Given entries of some minutes, written in any order and in batches that overlap
    dice = random.Random(seed)  # noqa: S311
    lines = [log_entry(run_id, dice.uniform(0, 600), str(number)) for number in range(300)]
    left = list(lines)
    while left:
        size = dice.randrange(1, 40)
        forever(world, left[:size])
        left = left[size:]
    ordered = sorted(lines, key=lambda entry: entry.timestamp)

    for _ in range(12):
        # When
        earliest, latest = sorted(START + timedelta(seconds=dice.uniform(0, 600)) for _ in range(2))
        limit, offset = dice.choice([None, 1, 7, 100]), dice.choice([None, 3])
        order = dice.choice(["asc", "desc"])
        where = {"timestamp": {"_gt": earliest, "_lte": latest}}
        found = read(world, run_id, order, where=where, limit=limit, offset=offset)

        # Then
        wanted = [entry for entry in ordered if earliest < entry.timestamp <= latest]
        wanted = wanted[::-1] if order == "desc" else wanted
        assert found == wanted[offset or 0 :][:limit]


def test_read_after_a_time_reads_only_newer_batches(world, run_id):
    for n in range(60):
        forever(world, [log_entry(run_id, 100 * n, incompressible(3_000, seed=n))])
    items = []
    world.table._observe = lambda _, response: items.extend(response.get("Items", ()))

    found = read(world, run_id, where={"timestamp": {"_gt": START + timedelta(seconds=5_700)}})

    assert len(found) == 2
    assert len(items) == 3  # the batch at the bound is read as well


def test_short_list_of_a_long_log_reads_few_batches(world, run_id):
    for n in range(80):
        forever(world, [log_entry(run_id, 100 * n, str(n))])
    items = []
    world.table._observe = lambda _, response: items.extend(response.get("Items", ()))

    first, last = (
        read(world, run_id, order, limit=5, where={"level": {"_eq": "INFO"}}) for order in ("asc", "desc")
    )

    assert [entry.message for entry in chain(first, last)] == [*"01234", "79", "78", "77", "76", "75"]
    assert len(items) == 2 * 8


def test_entries_written_twice_are_stored_once(world, run_id):
    lines = [log_entry(run_id, n, str(n)) for n in range(50)]
    forever(world, lines)
    before = world.partition(run_id)

    forever(world, lines)

    assert world.partition(run_id) == before
    assert read(world, run_id) == lines


def test_write_that_failed_halfway_may_be_sent_again(world, run_id, pauses):
    other, client = world.interfered()
    lines = [log_entry(run_id, 100 * n, str(n)) for n in range(4)]
    client.fail("put_item", *[server_error() for _ in range(8 * 4)])
    with pytest.raises(ApiError):
        forever(other, lines)

    forever(world, lines)

    assert read(world, run_id) == lines


@pytest.mark.usefixtures("pauses")
@pytest.mark.parametrize(
    ("number", "seen"), [(1, no_response_in_time), (2, connection_closed), (2, server_error)]
)
def test_write_with_lost_responses_stores_each_entry_once(world, run_id, number, seen):
    faulty, client = world.interfered()
    client.lose_responses("put_item", number, seen)
    lines = [log_entry(run_id, n, str(n)) for n in range(30)]

    forever(faulty, lines)

    assert client.all_happened()
    assert read(world, run_id) == lines


def test_entries_of_an_unknown_run_are_left_out_and_others_stored(world, run_id):
    entries = [log_entry(run_id, 0), log_entry(UNKNOWN, 1), log_entry(run_id, 2), log_entry(UNKNOWN, 3)]

    told = write_logs(replace(world.context, logs_kept=None), entries)

    assert told == f"2 of 4 entries were left out. logs[1]: there is no flow run {UNKNOWN}."
    assert read(world, run_id) == [entries[0], entries[2]]


def test_entries_of_unknown_runs_alone_are_refused(world):
    with pytest.raises(NotFound, match=r"logs\[0\]: there is no flow run"):
        forever(world, [log_entry(UNKNOWN)])


def test_too_large_entries_are_cut_to_fit(world, run_id):
    lines = [
        log_entry(run_id, 0, "x" * (MAX_MESSAGE + 7)),
        log_entry(run_id, 100, incompressible(900_000)),
        log_entry(run_id, 200, name="n" * 5_000),
        log_entry(run_id, 300),
    ]

    forever(world, lines)

    long, incompressed, named, last = read(world, run_id)
    assert long.message == "x" * MAX_MESSAGE + "… (7 more characters were cut off)"
    assert incompressed.message.endswith(" more characters were cut off)")
    assert len(named.name) < 1_100
    assert last == lines[3]


def test_entries_above_the_bound_of_a_call_are_left_out(world, run_id, monkeypatch):
    monkeypatch.setattr(logs, "MAX_ENTRIES", 3)
    lines = [log_entry(run_id, n, str(n)) for n in range(5)]

    told = write_logs(replace(world.context, logs_kept=None), lines)

    assert told == "2 of 5 entries were left out. logs[3]: at most 3 are kept of one call."
    assert read(world, run_id) == lines[:3]


class TestResentBatch:
    def identified(self, world, run_id, order="asc", **more):
        arguments = Arguments(where={"flow_run_id": {"_eq": run_id}}, order_by=[{"timestamp": order}], **more)
        rows = list_rows(world.context, "log", arguments, Need())
        return [(row.value.id, row.value.entry) for row in rows]

    def test_resent_batch_with_more_entries_leaves_each_entry_once(self, world, run_id):
        lines = [log_entry(run_id, second, str(number)) for number, second in enumerate((0, 0, 9, 70, 70))]
        forever(world, lines[:3])
        before = self.identified(world, run_id)

        forever(world, lines)

        found = self.identified(world, run_id)
        assert [entry for _, entry in found] == lines
        assert found[:3] == before
        assert sorted(entry.message for _, entry in self.identified(world, run_id, "desc")) == [*"01234"]
        for place in range(5):
            for order in ("asc", "desc"):
                (one,) = self.identified(world, run_id, order, limit=1, offset=place)
                assert one == self.identified(world, run_id, order)[place]
        counted = aggregate_rows(
            world.context, "log", Arguments(where={"flow_run_id": {"_eq": run_id}}), Need()
        )
        assert counted.count() == 5

    @pytest.mark.parametrize("seed", range(6))
    def test_entries_of_one_instant_keep_their_order_in_both_directions(self, world, run_id, seed):
        # The tokens of the batches decide their order, so either may come first.
        lines = [log_entry(run_id, 0, f"{seed} {number}") for number in range(5)]
        forever(world, lines[:3])

        forever(world, lines)

        there = self.identified(world, run_id)
        assert [entry for _, entry in there] == lines
        assert self.identified(world, run_id, "desc") == there[::-1]

    def test_entry_keeps_its_id_though_its_batch_is_resent(self, world, run_id):
        lines = [log_entry(run_id, number, str(number), info={"b": 1, "a": [2]}) for number in range(4)]
        forever(world, lines[:2])
        (identifier, first), _ = self.identified(world, run_id)

        for count in (3, 4, 4):
            forever(world, lines[:count])

        (row,) = list_rows(world.context, "log", Arguments(where={"id": {"_eq": identifier}}), Need())
        assert row.value.entry == first

    def test_entries_that_differ_in_one_field_are_all_kept(self, world, run_id):
        one = log_entry(run_id, 0, "same")
        others = [
            replace(one, level="DEBUG"),
            replace(one, name="other"),
            replace(one, info={"a": 1}),
            replace(one, info={"a": "1"}),
            replace(one, task_run_id=member_id(run_id, 1)),
            replace(one, timestamp=one.timestamp + timedelta(microseconds=1)),
        ]

        forever(world, [one, *others])
        forever(world, [one, *others[:3]])

        assert len(self.identified(world, run_id)) == 7


def test_entries_of_two_runs_in_one_call_go_to_their_runs(world, run_id):
    other = world.new_run()
    forever(world, [log_entry(run_id, 1, "a"), log_entry(other, 0, "b"), log_entry(run_id, 0, "c")])

    assert [entry.message for entry in read(world, run_id)] == ["c", "a"]
    assert [entry.message for entry in read(world, other)] == ["b"]


def test_logs_of_a_task_run_are_found_by_its_id_alone(world, run_id):
    task_run_id = member_id(run_id, 1)
    forever(world, [log_entry(run_id, 0, "flow"), log_entry(run_id, 1, "task", task_run_id=task_run_id)])

    arguments = Arguments(where={"task_run_id": {"_eq": task_run_id}})
    (row,) = list_rows(world.context, "log", arguments, Need())

    assert row.value.entry.message == "task"


def test_expired_entries_are_left_out_though_the_table_still_has_them(world, run_id):
    kept = replace(world.context, logs_kept=timedelta(days=2))
    write_logs(kept, [log_entry(run_id)])

    world.clock.advance(days=2, seconds=-1)
    assert len(read(world, run_id)) == 1
    world.clock.advance(seconds=1)
    assert read(world, run_id) == []


def test_list_of_too_many_entries_is_refused_and_asks_for_a_range(world, run_id, monkeypatch):
    monkeypatch.setattr(log_plans, "MAX_LOGS", 10)
    forever(world, [log_entry(run_id, n) for n in range(11)])

    with pytest.raises(BadUserInput, match="Narrow it with a range of timestamp"):
        read(world, run_id, where={"level": {"_eq": "INFO"}})


def test_list_of_one_too_large_batch_is_refused_and_asks_for_a_range(world, run_id, monkeypatch):
    monkeypatch.setattr(log_plans, "MAX_LOGS", 10)
    forever(world, [log_entry(run_id, 0) for n in range(11)])

    with pytest.raises(BadUserInput, match="Narrow it with a range of timestamp"):
        read(world, run_id)


@pytest.mark.dynoxide_only
def test_list_of_too_much_text_has_the_newest_entries(world, run_id):
    # Given entries that are stored in a few kilobytes each
    lines = [log_entry(run_id, 0.1 * n, str(n) + "x" * 900_000) for n in range(40)]
    for line in lines:
        forever(world, [line])

    with pytest.raises(BadUserInput, match="32,000,000 characters"):
        read(world, run_id, where={"name": {"_is_null": True}})
    shown = read(world, run_id)
    assert 30 <= len(shown) < 40
    assert shown == lines[-len(shown) :]
    later = {"timestamp": {"_gte": START + timedelta(seconds=3)}}
    assert read(world, run_id, where=later) == lines[30:]


def test_list_looks_at_little_more_than_it_may_whatever_a_page_holds(world, run_id, monkeypatch):
    # Given more entries than a list may have, in one page of the table
    monkeypatch.setattr(log_plans, "MAX_LOGS", 200)
    monkeypatch.setattr("storage.logs.logs._MANY", 100)
    lines = [log_entry(run_id, 100 * batch + 0.1 * n, str(n)) for batch in range(10) for n in range(50)]
    forever(world, lines)

    shown = read(world, run_id)

    assert 200 < len(shown) <= 350
    assert shown == lines[-len(shown) :]


def test_list_without_a_run_is_refused(world):
    with pytest.raises(BadUserInput, match="needs a filter on flow_run_id, task_run_id or id"):
        list_rows(world.context, "log", Arguments(), Need())


@pytest.mark.dynoxide_only
def test_logs_of_a_deleted_run_are_deleted(world, run_id):
    # More than one page of a query
    for n in range(5):
        forever(world, [log_entry(run_id, 100 * n, incompressible(350_000, seed=n))])

    assert delete_flow_run(world.context, run_id)

    assert [item["sk"]["S"] for item in world.partition(run_id)] == ["follow-up"]
    world.finish_deletions()
    assert world.partition(run_id) == []
