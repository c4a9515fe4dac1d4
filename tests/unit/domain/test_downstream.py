"""The tasks that depend on some tasks, and how long the longest way to each is."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.flows.downstream import downstream_of
from domain.flows.edges import edges_of
from domain.flows.tasks import task_outlines, tasks_of

FLOW_ID = "02025491-5200-7000-91b1-d38d5b560000"
NAMES = "abcdefg"


def shape(edges):
    serialized = {
        "tasks": [{"slug": name} for name in NAMES],
        "edges": [{"upstream_task": {"slug": up}, "downstream_task": {"slug": down}} for up, down in edges],
    }
    tasks = tasks_of(FLOW_ID, "tenant", datetime(2026, 1, 1, tzinfo=UTC), task_outlines(serialized))
    return {task.slug: task for task in tasks}, edges_of(FLOW_ID, list(tasks), serialized)


def depths(start, edges, limit=None):
    tasks, made = shape(edges)
    return {each.task.slug: each.depth for each in downstream_of([tasks[s] for s in start], made, limit)}


@pytest.mark.parametrize(
    ("start", "edges", "limit", "expected"),
    [
        ("a", [], None, {"a": 0}),
        ("", ["ab"], None, {}),
        ("a", ["ab", "bc"], None, {"a": 0, "b": 1, "c": 2}),
        ("b", ["ab", "bc"], None, {"b": 0, "c": 1}),
        ("a", ["ab", "bc", "ac"], None, {"a": 0, "b": 1, "c": 2}),
        ("ac", ["ab", "bc"], None, {"a": 0, "b": 1, "c": 2}),
        ("a", ["ab", "bc", "ac"], 1, {"a": 0, "b": 1, "c": 1}),
        ("a", ["ab", "bc"], 0, {"a": 0}),
        ("a", ["ab", "bc"], 99, {"a": 0, "b": 1, "c": 2}),
        ("a", ["ab", "ba"], None, {"a": 0, "b": 1}),
        ("a", ["ab", "bc", "cb", "cd"], None, {"a": 0, "b": 1, "c": 2, "d": 3}),
        ("a", ["aa"], None, {"a": 0}),
    ],
)
def test_tasks_are_found_with_the_longest_way_to_each(start, edges, limit, expected):
    assert depths(start, edges, limit) == expected


def longest(name, edges, starts):
    above = [longest(up, edges, starts) for up, down in edges if down == name]
    ways = [way + 1 for way in above if way is not None]
    return max([*ways, *([0] if name in starts else [])], default=None)


PAIRS = [up + down for up in NAMES for down in NAMES if up < down]


@given(
    st.lists(st.sampled_from(PAIRS), max_size=12, unique=True), st.sets(st.sampled_from(NAMES), min_size=1)
)
def test_depths_are_those_of_a_plain_search(edges, starts):
    expected = {name: way for name in NAMES if (way := longest(name, edges, starts)) is not None}
    assert depths(sorted(starts), edges) == expected
    assert depths(sorted(starts), edges, 7) == expected
