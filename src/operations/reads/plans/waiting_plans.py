"""Runs that wait, in the order in which they start and in that of their creation."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from itertools import chain, islice
from typing import Final, TypeVar

from domain.errors import BadUserInput
from domain.ids import created_from_id, first_id_at
from domain.queue.planned_runs import AT_ONCE
from domain.queue.queue import TooManySets
from operations.context import Context
from operations.reads.plans.creation_order import by_creation
from operations.reads.plans.search import share
from operations.reads.plans.spans import SKEW, Span

# How many keys of the queue a plan looks at: what it does not want stands between what it does, such as task
# runs that wait.
MAX_WAITING_KEYS: Final = 10_000

_Each = TypeVar("_Each")


def ids_by_start(
    context: Context, times: tuple[datetime | None, datetime | None], *, descending: bool, rows: int
) -> Iterator[str]:
    """The ids of the runs that wait for a start between two times, in the order of these.

    About so many `rows` are wanted at first. Raises BadUserInput where MAX_WAITING_KEYS of the queue are not
    enough.
    """
    shards = len(context.store.run_lists.waiting())
    queue = context.store.queue.starts(times, descending=descending, first_page=share(rows, shards))
    return (each for _, each in _few(queue) if each)


def ids_by_creation(context: Context, span: Span, *, descending: bool, rows: int) -> Iterator[str]:
    """The ids of the runs that wait and were created in a span, in the order of creation.

    As `ids_by_start` does, it reads the queue as far as it is used, and no more than MAX_WAITING_KEYS of it.
    """
    # What is created later cannot be there yet: beyond it the queue has planned runs alone.
    span = span.within(None, first_id_at(context.now() + SKEW))
    lists = context.store.run_lists
    if not context.store.is_current:  # `planned` has not all of them yet
        everything = context.store.queue.starts((None, None), descending=descending, first_page=rows)
        return iter(sorted({each for _, each in _few(everything) if each in span}, reverse=descending))
    earliest = created_from_id(span.lower) - AT_ONCE if span.lower else None
    latest = created_from_id(span.upper) + AT_ONCE if span.upper else None
    later = lists.planned(span.lower, span.upper)
    first_page = share(rows, len(later))
    starts = context.store.queue.starts((earliest, latest), descending=descending, first_page=first_page)
    planned = lists.ids(later, descending=descending, first_page=first_page)
    queue, planned = context.store.parallel([partial(_begun, _few(starts)), partial(_begun, planned)])
    return (each for each in by_creation(queue, planned, descending=descending) if each in span)


def _begun(stream: Iterator[_Each]) -> Iterator[_Each]:
    """The same stream, its first pages read."""
    return chain(list(islice(stream, 1)), stream)


def _few(queue: Iterator[tuple[datetime, str]]) -> Iterator[tuple[datetime, str]]:
    try:
        yield from islice(queue, MAX_WAITING_KEYS)
        if next(queue, None) is None:
            return
    except TooManySets:
        raise BadUserInput(
            "flow_run: runs wait with so many different sets of labels that they cannot be put into one "
            "order. Narrow the query with flow or flow_id."
        ) from None
    raise BadUserInput(
        f"flow_run: more than {MAX_WAITING_KEYS:,} runs that wait would have to be looked at. Narrow the "
        "query with flow or flow_id, or with a range of the times by which it is ordered: created, or "
        "state_start_time."
    )
