"""Rows of flow runs for the tests of filters and orders."""

from typing import Any

from domain.work import Work
from operations.reads.entities.registry import ENTITIES
from operations.reads.rows import Row
from operations.reads.where.filters import compile_filter
from operations.reads.where.ordering import distinct, sort
from operations.reads.where.terms import parse_order
from tests.unit.objects import flow, run

FLOW_RUN = ENTITIES["flow_run"]


def row(of_flow: Any = None, *states: dict[str, Any], **more: Any) -> Row:
    """Return the row of a run with its flow as a related row, or None for a flow that was deleted."""
    return Row(run(*states, **more), {"flow": of_flow})


def row_of_flow(name: str, **more: Any) -> Row:
    return Row(flow(name=name, **more), {"project": None})


def truth(where: dict[str, Any] | None, given: Row) -> bool | None:
    """Return the truth of a filter for a row: True, False or None (unknown)."""
    return compile_filter(FLOW_RUN, where, Work.unlimited()).matches(given)


def names(order_by: list[dict[str, Any]], rows: list[Row]) -> list[str]:
    """Return the names of rows in an order."""
    return [found.value.name for found in sort(FLOW_RUN, rows, parse_order(order_by), Work.unlimited())]


def first_of_each(columns: list[str], rows: list[Row]) -> list[str]:
    """Return the names of the rows that `distinct_on` leaves."""
    return [found.value.name for found in distinct(FLOW_RUN, rows, columns, Work.unlimited())]
