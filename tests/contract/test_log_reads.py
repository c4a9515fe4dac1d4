"""Logs, compared with a list in memory, however they were batched when they were written."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import BadUserInput
from domain.ids import member_id
from domain.task_runs.logs import LEVELS, LogEntry
from domain.times import format_time
from domain.work import Work
from operations.reads.arguments import Arguments
from operations.reads.compiling import compile_inside
from operations.reads.entities.registry import ENTITIES
from operations.reads.plans.task_runs import log_plans
from operations.reads.query import aggregate_rows, list_rows
from operations.reads.rows import Need, NestedList
from operations.task_runs.logs import write_logs
from storage.logs import logs
from tests.contract.factories import START, at_once

OPERATORS = {
    "_gt": lambda time, bound: time > bound,
    "_gte": lambda time, bound: time >= bound,
    "_lt": lambda time, bound: time < bound,
    "_lte": lambda time, bound: time <= bound,
    "_eq": lambda time, bound: time == bound,
}
# Whole steps, so that many entries share an instant; the span of a batch has thirty steps.
STEPS = st.integers(0, 150).map(lambda step: START + timedelta(seconds=2 * step))


@st.composite
def batches(draw):
    """Draw entries in the calls that write them. No two are alike: a repeated entry would change nothing."""
    times = draw(st.lists(STEPS, min_size=1, max_size=60))
    sizes = draw(st.lists(st.integers(1, 12), min_size=1, max_size=60))
    entries = [
        {
            "timestamp": time,
            "message": str(number),
            "level": draw(st.sampled_from(LEVELS)),
            "task": number % 3,
        }
        for number, time in enumerate(times)
    ]
    calls: list[list[dict[str, Any]]] = []
    while entries:
        size = sizes[len(calls) % len(sizes)]
        calls.append(entries[:size])
        entries = entries[size:]
    return calls


@st.composite
def queries(draw):
    times = draw(st.dictionaries(st.sampled_from(sorted(OPERATORS)), STEPS, max_size=2))
    return {
        "timestamp": times,
        "level": draw(st.none() | st.sampled_from(LEVELS)),
        "order": draw(st.sampled_from(["asc", "desc"])),
        "limit": draw(st.none() | st.integers(0, 70)),
        "offset": draw(st.none() | st.integers(0, 10)),
    }


def line(flow_run_id, given):
    return LogEntry(
        flow_run_id=flow_run_id,
        task_run_id=member_id(flow_run_id, given["task"]) if given["task"] else None,
        timestamp=given["timestamp"],
        name="prefect",
        level=given["level"],
        message=given["message"],
        info=None,
    )


def read(world, flow_run_id, query):
    where = {"flow_run_id": {"_eq": flow_run_id}, "timestamp": query["timestamp"]}
    if query["level"]:
        where["level"] = {"_eq": query["level"]}
    arguments = Arguments(
        where=where,
        order_by=[{"timestamp": query["order"]}],
        limit=query["limit"],
        offset=query["offset"],
    )
    return [row.value for row in list_rows(world.context, "log", arguments, Need())]


def in_memory(entries, query):
    """Return the times of the page, and its candidates, because entries of one time are in no order."""
    kept = [
        entry
        for entry in entries
        if all(OPERATORS[name](entry.timestamp, bound) for name, bound in query["timestamp"].items())
        and query["level"] in (None, entry.level)
    ]
    kept.sort(key=lambda entry: entry.timestamp, reverse=query["order"] == "desc")
    start = query["offset"] or 0
    return [entry.timestamp for entry in kept[start:][: query["limit"]]], kept


@pytest.fixture
def flow_id(world):
    return world.register()


@given(calls=batches(), asked=st.lists(queries(), min_size=1, max_size=6))
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@pytest.mark.dynoxide_only
def test_logs_in_any_batches_read_as_a_list_in_memory(world, flow_id, calls, asked):
    # Given
    run_id = world.create(flow_id)
    context = replace(world.context, logs_kept=None)
    for call in calls:
        write_logs(context, [line(run_id, entry) for entry in call])
    entries = [line(run_id, entry) for call in calls for entry in call]

    for query in asked:
        # When
        found = read(world, run_id, query)

        # Then
        times, candidates = in_memory(entries, query)
        assert [kept.entry.timestamp for kept in found] == times
        texts = Counter(kept.entry.message for kept in found)
        assert texts <= Counter(entry.message for entry in candidates)
        assert len({kept.id for kept in found}) == len(found)
        # and the pages of one list join
        rest = read(world, run_id, {**query, "limit": None, "offset": (query["offset"] or 0) + len(found)})
        if query["limit"] is not None:
            whole = read(world, run_id, {**query, "limit": None})
            assert [*found, *rest] == whole


@pytest.mark.dynoxide_only
def test_concurrent_writes_lose_no_entry_and_repeats_add_none(world, flow_id):
    run_id = world.create(flow_id)
    context = replace(world.context, logs_kept=None)
    lines = [
        [
            line(run_id, {"timestamp": START, "message": f"{n}-{m}", "level": "INFO", "task": 0})
            for m in range(5)
        ]
        for n in range(16)
    ]

    outcomes = at_once(*(lambda part=part: write_logs(context, part) for part in [*lines, *lines]))

    assert outcomes == [None] * 32
    query: dict[str, Any] = {"timestamp": {}, "level": None, "order": "asc", "limit": None, "offset": None}
    found = [kept.entry.message for kept in read(world, run_id, query)]
    assert sorted(found) == sorted(entry.message for part in lines for entry in part)


ALL: dict[str, Any] = {"timestamp": {}, "level": None, "order": "asc", "limit": None, "offset": None}


class TestLogsBeyondTheBound:
    """Lists of logs of a run that has more entries than one list looks at."""

    @pytest.fixture
    def run_id(self, world, flow_id, monkeypatch):
        monkeypatch.setattr(log_plans, "MAX_LOGS", 100)
        monkeypatch.setattr(logs, "_CHARACTERS", 10)
        run_id = world.create(flow_id)
        context = replace(world.context, logs_kept=None)
        for first in range(0, 150, 5):
            given = [
                {
                    "timestamp": START + timedelta(seconds=number),
                    "message": str(number),
                    "level": "INFO",
                    "task": 0,
                }
                for number in range(first, first + 5)
            ]
            write_logs(context, [line(run_id, entry) for entry in given])
        return run_id

    @pytest.mark.parametrize("order", ["asc", "desc"])
    def test_unlimited_list_has_the_newest_entries_in_either_order(self, world, run_id, order):
        found = [int(kept.entry.message) for kept in read(world, run_id, {**ALL, "order": order})]

        newest = list(range(150 - len(found), 150))
        assert found == (newest if order == "asc" else newest[::-1])
        assert 100 <= len(found) <= 105
        (told,) = world.context.left_out
        assert told.startswith(f"log: entries of flow run {run_id} until 2040-01-01T12:00:4")

    @pytest.mark.parametrize("order", ["asc", "desc"])
    def test_unlimited_list_has_as_many_of_the_newest_entries_as_its_request_has_room_for(
        self, world, run_id, order
    ):
        work = Work(max_units=3_000, max_reads=1_000, max_rows=60)
        context = replace(world.context, work=work)
        where, order_by = {"flow_run_id": {"_eq": run_id}}, [{"timestamp": order}]

        rows = list_rows(context, "log", Arguments(where=where, order_by=order_by), Need(width=3))

        found = [int(row.value.entry.message) for row in rows]
        newest = list(range(150 - len(found), 150))
        assert found == (newest if order == "asc" else newest[::-1])
        assert 40 <= len(found) < 100
        last = START + timedelta(seconds=newest[0] - 1)
        assert context.left_out == [f"log: entries of flow run {run_id} until {format_time(last)}."]
        assert work.used <= 1

    @pytest.mark.parametrize("width", [3, 12])
    def test_logs_inside_of_a_run_are_as_many_as_the_request_has_room_for(self, world, run_id, width):
        work = Work(max_units=1_000, max_reads=1_000, max_rows=100)
        context = replace(world.context, work=work)
        by_time = Arguments(order_by=[{"timestamp": "asc"}])
        inside = compile_inside(ENTITIES["flow_run"], "logs", by_time, work, projects=None)
        nested, need = NestedList("logs", inside, width=width), Need()
        need.nested(nested)

        (row,) = list_rows(context, "flow_run", Arguments(where={"id": {"_eq": run_id}}), need)

        assert 10 < len(row.lists[nested]) < 100
        assert work.used + 3.5 * width * len(row.lists[nested]) * 0.3 / 1_000 <= 1
        assert len(context.left_out) == 1

    def test_list_of_entries_after_a_time_leaves_none_out(self, world, run_id):
        since = {**ALL, "timestamp": {"_gt": START + timedelta(seconds=120)}}

        assert [int(kept.entry.message) for kept in read(world, run_id, since)] == list(range(121, 150))
        assert world.context.left_out == []

    def test_page_of_logs_is_read_from_either_end(self, world, run_id):
        for order, expected in (("asc", range(7)), ("desc", range(149, 142, -1))):
            found = read(world, run_id, {**ALL, "order": order, "limit": 7})
            assert [int(kept.entry.message) for kept in found] == list(expected)

    def test_list_that_cannot_be_shown_in_part_is_refused(self, world, run_id):
        for more in ({"level": "INFO"}, {"offset": 101, "limit": 20}, {"offset": 1}):
            with pytest.raises(BadUserInput, match="more than 100 entries"):
                read(world, run_id, {**ALL, **more})
        where = {"flow_run_id": {"_eq": run_id}}
        with pytest.raises(BadUserInput, match="more than 100 entries"):
            aggregate_rows(world.context, "log", Arguments(where=where), Need())

    def test_logs_inside_of_a_run_are_the_logs_of_the_root_list(self, world, run_id):
        need = Need()
        nested = NestedList(
            "logs",
            compile_inside(
                ENTITIES["flow_run"],
                "logs",
                Arguments(order_by=[{"timestamp": "asc"}]),
                world.context.work,
                projects=None,
            ),
        )
        need.nested(nested)

        (row,) = list_rows(world.context, "flow_run", Arguments(where={"id": {"_eq": run_id}}), need)

        assert [kept.value for kept in row.lists[nested]] == [
            kept.value
            for kept in list_rows(
                world.context,
                "log",
                Arguments(where={"flow_run_id": {"_eq": run_id}}, order_by=[{"timestamp": "asc"}]),
                Need(),
            )
        ]
