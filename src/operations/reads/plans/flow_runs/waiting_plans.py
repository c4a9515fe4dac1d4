"""Waiting runs, in the order in which they start and in the order of their creation."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from itertools import chain, islice
from typing import Any, Final, TypeVar

from domain.errors import BadUserInput
from domain.flow_runs.far_times import AT_ONCE
from domain.ids import created_from_id, first_id_at
from domain.queue.queue import TooManySets
from operations.context import Context
from operations.reads.plans.flow_runs.creation_order import by_creation
from operations.reads.plans.search import share
from operations.reads.plans.spans import SKEW, Span
from operations.reads.where.constraints import Bounds

# How many keys of the queue a plan looks at, including keys of other items, such as waiting task runs.
MAX_WAITING_KEYS: Final = 10_000

_Key = TypeVar("_Key")


def ids_by_start(context: Context, times: Bounds, *, descending: bool, rows: int) -> Iterator[str]:
    """Return the ids of the runs that wait for a start between two times, in the order of their starts.

    The first pages are large enough for about so many `rows`. Raises BadUserInput if more than
    MAX_WAITING_KEYS of the queue would have to be looked at.
    """
    return (run_id for _, run_id in starts_between(context, times, descending=descending, rows=rows))


def starts_between(
    context: Context, times: Bounds, *, descending: bool, rows: int
) -> Iterator[tuple[datetime, str]]:
    """Return the starts of waiting runs between two times, and their ids, as `ids_by_start` does."""
    shards = len(context.store.run_lists.waiting())
    queue = context.store.queue.starts(times, descending=descending, first_page=share(rows, shards))
    return ((start, run_id) for start, run_id in _bounded(queue) if run_id)


def ids_by_creation(context: Context, span: Span, *, descending: bool, rows: int) -> Iterator[str]:
    """Return the ids of the waiting runs that were created in a span, in the order of their creation.

    The queue is read only as far as the ids are used. Raises BadUserInput as `ids_by_start` does.
    """
    span = _past(context, span)
    lists = context.store.run_lists
    if not context.store.is_current:  # the index `planned` has not all runs yet
        queue = context.store.queue.starts((None, None), descending=descending, first_page=rows)
        ids = {run_id for _, run_id in _bounded(queue) if run_id and run_id in span}
        return iter(sorted(ids, reverse=descending))
    ranges = lists.planned(span.lower, span.upper)
    first_page = share(rows, len(ranges))
    starts = _starts_of(context, span, descending=descending, first_page=first_page)
    planned = lists.ids(ranges, descending=descending, first_page=first_page)
    reads: list[Callable[[], Any]] = [partial(_begun, starts), partial(_begun, planned)]
    begun = context.store.parallel(reads)
    return (run_id for run_id in by_creation(*begun, descending=descending) if run_id in span)


def unplanned_ids(context: Context, span: Span, *, descending: bool, rows: int) -> Iterator[str]:
    """Return the ids of the waiting runs in a span that `planned` does not list, in the order of creation.

    The queue is read only as far as the ids are used. Raises BadUserInput as `ids_by_start` does.
    """
    span = _past(context, span)
    first_page = share(rows, len(context.store.run_lists.planned()))
    starts = _starts_of(context, span, descending=descending, first_page=first_page)
    return (run_id for run_id in by_creation(starts, (), descending=descending) if run_id in span)


def _past(context: Context, span: Span) -> Span:
    """Return a span as far as runs can have been created in it.

    No run is created later than now, so beyond that time the queue has planned runs alone.
    """
    return span.within(None, first_id_at(context.now() + SKEW))


def _starts_of(
    context: Context, span: Span, *, descending: bool, first_page: int
) -> Iterator[tuple[datetime, str]]:
    """Return the part of the queue in which the unplanned runs of a span are."""
    earliest = created_from_id(span.lower) - AT_ONCE if span.lower else None
    latest = created_from_id(span.upper) + AT_ONCE if span.upper else None
    starts = context.store.queue.starts((earliest, latest), descending=descending, first_page=first_page)
    return _bounded(starts)


def _begun(stream: Iterator[_Key]) -> Iterator[_Key]:
    """Return the same stream after its first pages were read."""
    return chain(list(islice(stream, 1)), stream)


def _bounded(queue: Iterator[tuple[datetime, str]]) -> Iterator[tuple[datetime, str]]:
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
