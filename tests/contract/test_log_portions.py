"""Portions of a log: together they are what the list of the log has, however few entries pass the filter."""

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.errors import BadUserInput, FlowRunsError
from domain.task_runs.logs import LogEntry
from domain.work import Work
from operations.reads import log_portions
from operations.reads.arguments import Arguments
from operations.reads.log_portions import Portion, PortionRequest, log_portion
from operations.reads.plans.task_runs.log_plans import FIRST_BATCHES
from operations.reads.query import list_rows
from operations.reads.rows import Need, Row
from operations.task_runs.logs import write_logs
from storage.layout.keys import Keys
from storage.logs import logs
from storage.logs.log_items import decode_logs, first_time
from tests.contract.data_files import NAMES, data_file
from tests.contract.factories import START
from tests.examples import examples

LEVELS = ["DEBUG", "INFO", "INFO", "WARNING", "ERROR"]
FILTERS: list[dict[str, Any]] = [
    {},
    {"level": {"_in": ["ERROR", "CRITICAL"]}},
    {"message": {"_ilike": "%NEEDLE%"}},
    {"name": {"_eq": "one"}, "timestamp": {"_gt": START + timedelta(seconds=20)}},
    {"timestamp": {"_gte": START + timedelta(seconds=5), "_lt": START + timedelta(seconds=70)}},
    {"level": {"_eq": "CRITICAL"}},
]


def line(run_id, second, message="", level="INFO", name="one"):
    return LogEntry(
        flow_run_id=run_id,
        task_run_id=None,
        timestamp=START + timedelta(seconds=second),
        name=name,
        level=level,
        message=message,
        info=None,
    )


def written(world, *batches):
    for batch in batches:
        write_logs(replace(world.context, logs_kept=None), batch)


def portions(world, run_id, where=None, **more):
    """Return all rows of all portions, and the portions."""
    found: list[Portion] = []
    rows: list[LogEntry] = []
    after = None
    while not found or not found[-1].is_end:
        request = PortionRequest(where={"flow_run_id": {"_eq": run_id}} | (where or {}), after=after, **more)
        found.append(log_portion(world.context, request, Need()))
        rows += [row.value.entry for row in found[-1].rows]
        assert found[-1].is_end or found[-1].next != after, "a portion comes no further"
        after = found[-1].next
    return rows, found


def listed(world, run_id, where, order):
    arguments = Arguments(where={"flow_run_id": {"_eq": run_id}} | where, order_by=[{"timestamp": order}])
    return [row.value.entry for row in list_rows(world.context, "log", arguments, Need())]


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("seed", range(examples(6)))
def test_portions_are_the_whole_list_in_either_order(world, flow_id, seed, monkeypatch):
    dice = random.Random(seed)  # noqa: S311
    monkeypatch.setattr(log_portions, "MAX_ENTRIES", dice.choice([1, 3, 10, 1_000]))
    monkeypatch.setattr(log_portions, "FEW_WAITING", dice.choice([1, 2, 8, 1_000]))
    run_id, batches = world.create(flow_id), []
    for _ in range(30):
        first = dice.randint(0, 90)
        batches.append(
            [
                line(
                    run_id,
                    first + dice.choice([0, 0, 1, 30]),
                    dice.choice(["needle", *"abc"]),
                    dice.choice(LEVELS),
                )
                for _ in range(dice.randint(1, 6))
            ]
        )
    batches += [batches[0], batches[1] + batches[2]]  # sent again, alone and with others
    written(world, *batches)

    for where in FILTERS:
        for order in ("asc", "desc"):
            limit = dice.choice([1, 2, 7, 200])
            rows, _ = portions(world, run_id, where, newest_first=order == "desc", limit=limit)
            assert rows == listed(world, run_id, where, order), (where, order, limit)


@pytest.fixture
def flow_id(world):
    return world.register()


def test_filter_that_few_entries_pass_is_looked_for_in_bounded_portions(world, flow_id, monkeypatch):
    monkeypatch.setattr(log_portions, "MAX_ENTRIES", 20)
    run_id = world.create(flow_id)
    written(world, *([line(run_id, n, "needle" if n == 77 else str(n))] for n in range(100)))

    rows, found = portions(world, run_id, {"message": {"_eq": "needle"}})

    assert [entry.message for entry in rows] == ["needle"]
    assert sum(portion.looked_at for portion in found) == 100
    assert all(portion.looked_at <= 20 for portion in found)


@pytest.mark.parametrize("newest_first", [False, True])
def test_portion_has_no_more_text_than_a_response_holds(world, flow_id, newest_first, monkeypatch):
    monkeypatch.setattr(log_portions, "MAX_RETURNED_BYTES", 100)
    run_id = world.create(flow_id)
    written(world, *([line(run_id, n * 10 + m, "é" * (m + n)) for m in range(8)] for n in range(5)))
    written(world, [line(run_id, 33, "x" * 300), line(run_id, 61, "x" * 300)])

    rows, found = portions(world, run_id, newest_first=newest_first)

    assert rows == listed(world, run_id, {}, "desc" if newest_first else "asc")
    sizes = [[len(row.value.entry.message.encode()) for row in portion.rows] for portion in found]
    assert all(sum(size) <= 100 or len(size) == 1 for size in sizes)
    assert len(found) < 20


def test_new_entries_follow_behind_the_end(world, flow_id):
    run_id = world.create(flow_id)
    empty = log_portion(world.context, PortionRequest(where={"flow_run_id": {"_eq": run_id}}), Need())
    assert (empty.rows, empty.next, empty.is_end) == ([], None, True)
    written(world, [line(run_id, n, str(n)) for n in range(3)])
    _, (first,) = portions(world, run_id)
    written(world, [line(run_id, 3, "3")])

    request = PortionRequest(where={"flow_run_id": {"_eq": run_id}}, after=first.next)
    new = log_portion(world.context, request, Need())

    assert [row.value.entry.message for row in new.rows] == ["3"]
    assert new.is_end


@pytest.mark.dynoxide_only
def test_portion_costs_the_same_at_the_end_of_a_long_log(world, flow_id):
    costs = []
    for lines in (1_000, 4_000):
        run_id, consumptions = world.create(flow_id), []
        for first in range(0, lines, 50):
            written(world, [line(run_id, (first + n) * 2, f"{n:050}") for n in range(50)])
        for newest_first in (False, True):
            _, found = portions(world, run_id, newest_first=newest_first, limit=100)
            for after in (None, found[len(found) // 2].next):
                metered, consumed = world.metered()
                request = PortionRequest(
                    where={"flow_run_id": {"_eq": run_id}}, newest_first=newest_first, limit=100, after=after
                )
                assert len(log_portion(metered.context, request, Need()).rows) == 100
                consumptions.append((consumed.read_units, consumed.calls.total()))
        costs.append(consumptions)

    assert costs[0] == costs[1]


@pytest.mark.parametrize(
    "after",
    [
        "",
        "x",
        "1.2.3",
        "1.0123456789abcdef.-1",
        "-99999999999999999.0123456789abcdef.1",
        "٣.0123456789abcdef.1",
    ],
)
def test_place_that_no_portion_has_returned_is_refused(world, flow_id, after):
    request = PortionRequest(where={"flow_run_id": {"_eq": world.create(flow_id)}}, after=after)

    with pytest.raises(BadUserInput, match="after must be what `next`"):
        log_portion(world.context, request, Need())


@pytest.mark.parametrize("where", [{}, {"level": {"_eq": "INFO"}}, {"flow_run_id": {"_in": ["a", "b"]}}])
def test_portion_of_no_single_run_is_refused(world, where):
    with pytest.raises(FlowRunsError, match="one flow run"):
        log_portion(world.context, PortionRequest(where=where), Need())


@pytest.mark.parametrize("limit", [0, -1, 1_001])
def test_portion_of_an_odd_size_is_refused(world, limit):
    with pytest.raises(BadUserInput, match="limit must be from 1"):
        log_portion(world.context, PortionRequest(where={}, limit=limit), Need())


def dense(run_id, writers, each):
    """Return batches of lines of one second, of so many writers side by side."""

    def entry(writer, n):
        after = timedelta(seconds=1) * (n * writers + writer) / (writers * each)
        return replace(line(run_id, 0, f"{writer} {n}"), timestamp=START + after)

    return [[entry(writer, n) for n in range(each)] for writer in range(writers)]


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize(
    ("writers", "each"), [(50, 2_000), (5, 20_000)], ids=["batches of a second", "batches of a tenth of one"]
)
def test_log_of_a_hundred_thousand_lines_within_a_second_is_walked_through(
    world, flow_id, writers, each, newest_first
):
    run_id = world.create(flow_id)
    batches = dense(run_id, writers, each)
    written(world, *batches)
    lines = sorted(
        (entry for batch in batches for entry in batch), key=lambda one: one.timestamp, reverse=newest_first
    )
    where, found, after = {"flow_run_id": {"_eq": run_id}}, 0, None
    for _ in range(3):
        request = PortionRequest(where=where, newest_first=newest_first, limit=1_000, after=after)
        portion = log_portion(world.within(Work()).context, request, Need())
        rows = [row.value.entry for row in portion.rows]
        assert rows == lines[found : found + len(rows)]
        assert len(rows) == 1_000
        assert not portion.is_end
        found, after = found + len(rows), portion.next


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("newest_first", [False, True])
def test_needle_in_a_dense_log_is_found(world, flow_id, newest_first):
    run_id = world.create(flow_id)
    batches = dense(run_id, 10, 2_000)
    batches[4][1_234].message = "needle"
    written(world, *batches)
    where, after = {"flow_run_id": {"_eq": run_id}, "message": {"_eq": "needle"}}, None
    rows: list[Row] = []
    for _ in range(10):
        request = PortionRequest(where=where, newest_first=newest_first, after=after)
        portion = log_portion(world.within(Work()).context, request, Need())
        rows += portion.rows
        after = portion.next
        if portion.is_end:
            break

    assert portion.is_end
    assert [row.value.entry.message for row in rows] == ["needle"]


@pytest.mark.parametrize("newest_first", [False, True])
def test_lines_of_one_instant_that_were_sent_again_let_the_walk_go_on(
    world, flow_id, newest_first, monkeypatch
):
    monkeypatch.setattr(log_portions, "FEW_WAITING", 1)
    run_id = world.create(flow_id)
    same = [line(run_id, 5, str(n % 3)) for n in range(12)]
    written(world, same, same[:7], [line(run_id, 1, "first")], [line(run_id, 9, "last")], same[3:])

    rows, _ = portions(world, run_id, newest_first=newest_first, limit=1)

    assert [entry.message for entry in rows][:: -1 if newest_first else 1][0] == "first"
    assert sorted(entry.message for entry in rows) == ["0", "1", "2", "first", "last"]


def test_batches_of_earlier_releases_tell_their_first_time():
    batches = [item for name in NAMES for item in data_file(name).items if item["sk"]["S"].startswith("log#")]

    for item in batches:
        first, *_ = decode_logs(Keys(item["pk"]["S"].partition("#")[0], 1), item)
        assert first_time(item) == first.entry.timestamp
    assert batches


@pytest.mark.dynoxide_only
def test_batch_that_begins_behind_the_horizon_is_not_unpacked(world, flow_id, monkeypatch):
    monkeypatch.setattr(log_portions, "FEW_WAITING", 1)
    run_id = world.create(flow_id)
    written(world, *([line(run_id, n, str(n)), line(run_id, n + 0.5, "x")] for n in range(40)))
    unpacked = []

    def noted(*given):
        unpacked.append(given)
        return decode_logs(*given)

    monkeypatch.setattr(logs, "decode_logs", noted)

    request = PortionRequest(where={"flow_run_id": {"_eq": run_id}}, limit=1)
    portion = log_portion(world.context, request, Need())

    assert [row.value.entry.message for row in portion.rows] == ["0"]
    assert len(unpacked) == FIRST_BATCHES
