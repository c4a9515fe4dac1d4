from datetime import UTC, datetime

import pytest

from domain.flows.edges import edges_of
from domain.flows.tasks import task_outlines, tasks_of

FLOW_ID = "2a9c1c6f-7e0a-4c55-8a43-0d9c7b1f3a10"
TASKS = {"tasks": [{"slug": "a"}, {"slug": "b"}]}
ENDS = {"upstream_task": {"slug": "a"}, "downstream_task": {"slug": "b"}}


def edges(*entries):
    tasks = tasks_of(FLOW_ID, "tenant", datetime(2026, 11, 22, tzinfo=UTC), task_outlines(TASKS))
    return edges_of(FLOW_ID, tasks, {**TASKS, "edges": list(entries)})


@pytest.mark.parametrize(("given", "mapped"), [(True, True), (False, False), (None, False), ("yes", False)])
def test_edge_is_mapped_only_if_it_says_true(given, mapped):
    (edge,) = edges({**ENDS, "mapped": given})

    assert edge.mapped is mapped


@pytest.mark.parametrize(("given", "key"), [("x", "x"), (None, None), (5, None)])
def test_edge_has_a_key_only_if_it_is_text(given, key):
    (edge,) = edges({**ENDS, "key": given})

    assert edge.key == key


def test_entries_that_are_no_edges_between_the_tasks_are_skipped():
    assert edges("a", {**ENDS, "upstream_task": {"slug": "unknown"}}, {"upstream_task": "a"}) == []
    assert [(edge.upstream.slug, edge.downstream.slug) for edge in edges(5, ENDS)] == [("a", "b")]
