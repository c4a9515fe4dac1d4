"""The order of creation among waiting runs, merged from two lists in different orders."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.flow_runs.far_times import AT_ONCE, is_planned
from domain.ids import created_from_id, time_ordered_id
from operations.reads.plans.flow_runs.creation_order import by_creation

NOW = datetime(2026, 1, 31, 8, tzinfo=UTC)
EDGE = AT_ONCE // timedelta(microseconds=1)
NEAR = [0, 1, -1, EDGE, EDGE + 1, -EDGE, -EDGE - 1]

microseconds = st.integers(0, 5 * EDGE)
delays = st.sampled_from(NEAR) | st.integers(-2 * EDGE, 2 * EDGE) | st.integers(-(10**14), 10**14)


def run(created: int, delay: int, number: int) -> tuple[datetime, str]:
    """Return the start time and the id of a run."""
    at = NOW + timedelta(microseconds=created)
    return at + timedelta(microseconds=delay), time_ordered_id(at, number)


def lists(runs, *, descending):
    """Return the queue and the ids of the planned runs, in the orders in which storage has them."""
    queue = sorted(runs, reverse=descending)
    planned = [run_id for due, run_id in runs if is_planned(created_from_id(run_id), due)]
    return queue, sorted(planned, reverse=descending)


@pytest.mark.parametrize("descending", [False, True])
@given(data=st.lists(st.tuples(microseconds, delays), max_size=40))
def test_each_waiting_run_comes_once_in_the_order_of_creation(descending, data):
    runs = [run(created, delay, number) for number, (created, delay) in enumerate(data)]

    found = list(by_creation(*lists(runs, descending=descending), descending=descending))

    assert found == sorted((run_id for _, run_id in runs), reverse=descending)


@pytest.mark.parametrize(
    ("delay", "planned"), [(0, False), (EDGE, False), (EDGE + 1, True), (-EDGE, False), (-EDGE - 1, True)]
)
def test_run_due_more_than_a_minute_from_its_creation_is_planned(delay, planned):
    due, identifier = run(0, delay, 1)

    assert is_planned(created_from_id(identifier), due) is planned


@pytest.mark.parametrize("descending", [False, True])
def test_each_list_is_read_only_as_far_as_it_is_used(descending):
    minute = 60_000_000
    runs = [run(number * minute, 0, number) for number in range(100)]
    runs += [run(number * minute + 1, 10**14, number) for number in range(100)]
    queue, planned = lists(runs, descending=descending)
    if descending:  # planned runs that are due later than all others come first, and are not asked for
        queue = queue[100:]
    read = {"queue": 0, "planned": 0}

    def counted(name, entries):
        for entry in entries:
            read[name] += 1
            yield entry

    newest = by_creation(counted("queue", queue), counted("planned", planned), descending=descending)
    assert len(list(islice(newest, 20))) == 20

    assert read["queue"] <= 13
    assert read["planned"] <= 11


def test_late_runs_do_not_hide_planned_runs():
    """Read one entry of the queue only, because no later entry can be a newer run."""
    late = [run(0, 10**9 - number, number) for number in range(1_000)]
    new = [run(10**10 + number, 10**12, number) for number in range(5)]
    _, planned = lists(late + new, descending=True)
    queue = iter(sorted(late, reverse=True))

    newest = list(islice(by_creation(queue, planned, descending=True), 5))

    assert newest == [run_id for _, run_id in new[::-1]]
    assert len(list(queue)) == 999
