"""Spans of run ids: exactly the runs that a filter on the time of creation lets through."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import time_ordered_id
from domain.times import EPOCH
from domain.work import Work
from operations.reads.plans.spans import EVERYTHING, Span, created_span, run_span
from operations.reads.rows import Row
from operations.reads.where.constraints import bounds
from operations.reads.where.filters import compile_filter
from tests.unit.operations.rows import FLOW_RUN, row

NOW = datetime(2026, 1, 31, 8, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
times = st.integers(-3, 3).map(lambda number: NOW + number * MICROSECOND)
filters = st.dictionaries(st.sampled_from(["_gt", "_gte", "_lt", "_lte", "_eq"]), times, max_size=3)


def created(moment: datetime) -> Row:
    """Return the row of a run that was created at a moment."""
    return row(created=moment)


@given(filters, st.integers(-5, 5), st.sampled_from([0, -1]))
def test_span_of_created_has_exactly_the_ids_of_matching_runs(
    comparison: dict[str, Any], number: int, random_bits: int
) -> None:
    where = {"created": comparison} if comparison else {}
    moment = NOW + number * MICROSECOND

    span = created_span(where)

    matches = compile_filter(FLOW_RUN, where, Work.unlimited()).matches(created(moment)) is True
    assert (span is not None and time_ordered_id(moment, random_bits) in span) is matches


@pytest.mark.parametrize("where", [None, {}, {"created": {"_gte": EPOCH}}, {"name": {"_eq": "x"}}], ids=repr)
def test_span_without_a_bound_is_everything(where: dict[str, Any] | None) -> None:
    assert created_span(where) == EVERYTHING


def test_span_that_ends_before_it_begins_is_none() -> None:
    assert created_span({"created": {"_gt": NOW, "_lt": NOW + MICROSECOND}}) is None
    assert created_span({"created": {"_lt": EPOCH}}) is None


def test_bounds_with_a_step_leave_the_operand_of_a_strict_comparison_out() -> None:
    where = {"created": {"_gt": NOW, "_lt": NOW + timedelta(hours=1)}}

    assert bounds(where, "created", step=MICROSECOND) == (
        NOW + MICROSECOND,
        NOW + timedelta(hours=1) - MICROSECOND,
    )


def test_span_within_bounds_is_the_narrower_of_each() -> None:
    assert Span("b", "y").within("a", "x") == Span("b", "x")
    assert EVERYTHING.within(None, "x") == Span(None, "x")
    assert Span("b", None).within("c", "b").is_empty
    assert not Span("b", "b").is_empty


ids = st.integers(-3, 3).map(lambda number: time_ordered_id(NOW + number * MICROSECOND, 7))
id_filters = st.dictionaries(st.sampled_from(["_gt", "_gte", "_lt", "_lte", "_neq"]), ids, max_size=3)


@given(filters, id_filters, st.integers(-5, 5), st.sampled_from([0, 7, -1]))
def test_span_of_runs_has_the_ids_of_all_matching_runs_and_no_more_than_those_of_created(
    comparison: dict[str, Any], of_id: dict[str, Any], number: int, random_bits: int
) -> None:
    where = {"created": comparison, "_and": [{"id": of_id}]}
    run_id = time_ordered_id(NOW + number * MICROSECOND, random_bits)

    wider, span = created_span(where), run_span(where)

    in_span, in_wider = (found is not None and run_id in found for found in (span, wider))
    matches = compile_filter(FLOW_RUN, {"id": of_id}, Work.unlimited()).matches(row(id=run_id)) is True
    assert in_span or not (matches and in_wider)
    assert in_wider or not in_span
