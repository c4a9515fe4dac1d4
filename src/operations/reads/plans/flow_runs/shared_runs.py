"""Runs of some flows in some statuses: no index lists them together, so that two indexes are compared."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from domain.errors import BadUserInput, TooMuchWork
from domain.flow_runs.key_ranges import IdsInRanges, KeyRange
from operations.context import Context
from operations.reads.plans.flow_runs.statuses import WAITING
from operations.reads.plans.flow_runs.waiting_plans import ids_by_creation, unplanned_ids
from operations.reads.plans.spans import Span

# For the type checker alone, because importing the ports would make every start slower.
if TYPE_CHECKING:
    from operations.ports.flow_runs import RunLists

# So few runs in the statuses are read at once, whatever their flows are: the keys of the flows cost as much.
FEW: Final = 16
# So few runs of flows are all read, whatever the order of a page: to find those that belong on it costs more.
FEW_RUNS: Final = 64
# How many keys of a status the lists inside of rows read once for all of them.
MAX_SHARED: Final = 5_000
_SHARED_PAGE: Final = 1_000
# Units for a key that is compared.
_KEY: Final = 2.0


@dataclass(frozen=True, slots=True)
class Candidates:
    """Ids in the order of creation. `path` tells in which indexes they are.

    `is_whole` is True if they are few, so that all may be read whatever the order of the list.
    """

    ids: Iterator[str]
    path: str
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class WantedRuns:
    """The runs that are looked for: their statuses, None for any, when they were created, and their order."""

    statuses: Sequence[str] | None
    span: Span
    descending: bool = True

    def ranges(self, lists: "RunLists") -> list[KeyRange]:
        """Return the ranges of the statuses that are listed by creation."""
        # Runs that ended with tasks to be cancelled are listed before the first id, out of the order of ids.
        lower = self.span.lower or "0"
        listed = [status for status in self.statuses or () if status != WAITING]
        return [part for status in listed for part in lists.in_status(status, lower, self.span.upper)]


@dataclass(frozen=True, slots=True)
class _InStatuses:
    """The runs in some statuses: `begun` in ranges, and those that wait, of which `more` may follow."""

    begun: IdsInRanges
    waiting: list[str]
    more: Iterator[str]
    is_whole: bool

    def all_ids(self, *, descending: bool) -> list[str] | None:
        """Return all ids if the first pages have them all, else None."""
        listed = self.begun.all_ids if self.is_whole else None
        return None if listed is None else sorted({*listed, *self.waiting}, reverse=descending)


def candidates(
    context: Context,
    wanted: WantedRuns,
    find_others: Callable[[], Sequence[KeyRange] | None],
    index: str = "by_flow",
) -> Candidates | None:
    """Return ids among which all runs of some flows in some statuses are; None if the flows are too many.

    `find_others` returns the ranges of the flows' runs, in the `index` that has them; or of the runs with
    some names. If more runs wait than a list looks at, all runs of these ranges are returned.
    """
    try:
        return _shorter_or_both(context, wanted, find_others, index)
    except TooMuchWork:
        raise
    except BadUserInput:
        ranges = find_others()
    if ranges is None:
        return None
    ids = context.store.run_lists.ids(ranges, descending=wanted.descending)
    return Candidates(ids, f"index {index}, {len(ranges)} ranges")


def _shorter_or_both(
    context: Context, wanted: WantedRuns, find_others: Callable[[], Sequence[KeyRange] | None], index: str
) -> Candidates | None:
    """Take the shorter index if its first page has all of it. If both are long, compare them."""
    in_statuses = _begin_statuses(context, wanted)
    listed = in_statuses.all_ids(descending=wanted.descending)
    if listed is not None and len(listed) <= FEW:
        return Candidates(iter(listed), "index by_status, which has few")
    ranges = find_others()
    if ranges is None:
        return None
    others = ids_in_ranges(context, ranges, wanted)
    own = others.all_ids
    # Lists side by side share the keys of the statuses, so that they compare at no further cost.
    if listed is None or own is None or context.compared is None:
        if own is not None and (listed is None or len(own) <= len(listed)):
            return Candidates(iter(own), f"index {index}, which has fewer")
        if listed is not None:
            return Candidates(iter(listed), "index by_status, which has fewer")
    both = _compared(context, others, in_statuses)
    return Candidates(both, f"indexes {index}, {len(ranges)} ranges, and by_status, compared")


def ids_in_both(
    context: Context, ranges: Sequence[KeyRange], wanted: WantedRuns, *, exactly: bool = True
) -> set[str]:
    """Return the ids of the runs in some ranges of flows that are listed in some statuses.

    Unless they are wanted `exactly`, they may be those of few other runs as well. Raises BadUserInput if more
    runs wait than a list looks at.
    """
    in_statuses = _begin_statuses(context, wanted)
    listed = in_statuses.all_ids(descending=wanted.descending)
    are_few = listed is not None and len(listed) <= FEW
    if listed is not None and (not listed or (are_few and not exactly)):
        return set(listed)
    known = known_ids(context, ranges)
    if known is None or listed is None:
        page = None if context.compared is None or are_few else _SHARED_PAGE
        of_flows = ids_in_ranges(context, ranges, wanted, page)
        ids = of_flows.all_ids
        if ids is None and context.compared is not None and wanted.descending:
            context.compared[_newest(ranges)] = set(of_flows.first_ids)
        if ids is None or listed is None:
            return set(_compared(context, of_flows, in_statuses))
        known = set(ids)
        if context.compared is not None:
            context.compared[_all(ranges)] = known
    return known.intersection(listed)


def known_ids(context: Context, ranges: Sequence[KeyRange]) -> set[Any] | None:
    """Return all ids in the ranges of a flow's runs if a list side by side has read them, else None.

    So the numbers of a flow's runs in several states read the flow's keys once.
    """
    return None if context.compared is None else context.compared.get(_all(ranges))


def ids_of_flows(
    context: Context, ranges: Sequence[KeyRange], *, descending: bool, first_page: int
) -> Iterator[str]:
    """Yield the ids in the ranges of flows' runs, perhaps some twice: first those that counts have read."""
    known = known_ids(context, ranges)
    if known is not None:
        return iter(sorted(known, reverse=descending))
    newest = (context.compared or {}).get(_newest(ranges), ()) if descending else ()
    # The index is read only when these are not enough.
    ids = context.store.run_lists.ids(ranges, descending=descending, first_page=first_page)
    return chain(sorted(newest, reverse=True), ids)


def few_or_all(context: Context, ranges: Sequence[KeyRange], wanted: WantedRuns) -> Candidates:
    """Return the ids in the ranges of flows' runs; they are whole if they are so few that all may be read."""
    begun = ids_in_ranges(context, ranges, wanted)
    path = f"index by_flow, {len(ranges)} ranges"
    own = begun.all_ids
    if own is not None:
        return Candidates(iter(own), path, is_whole=len(own) <= FEW_RUNS)
    # The index is read only when the first pages are not enough.
    ids = context.store.run_lists.ids(ranges, descending=wanted.descending)
    return Candidates(chain(begun.first_ids, ids), path)


def _all(ranges: Sequence[KeyRange]) -> tuple[Any, ...]:
    return ("of flows", *ranges)


def _newest(ranges: Sequence[KeyRange]) -> tuple[Any, ...]:
    return ("newest of flows", *ranges)


def _compared(context: Context, of_flows: IdsInRanges, in_statuses: _InStatuses) -> Iterator[str]:
    waiting = [*in_statuses.waiting, *in_statuses.more]
    return context.store.run_lists.shared(of_flows, in_statuses.begun, waiting)


def _begin_statuses(context: Context, wanted: WantedRuns) -> _InStatuses:
    """Begin the lists of the statuses. Lists that are read side by side share them, if they are not long."""
    if context.compared is None:
        return _newly_begun(context, wanted)
    key = tuple(sorted(wanted.statuses or ())), wanted.span
    if key not in context.compared:
        begun = _newly_begun(context, wanted, _SHARED_PAGE)
        ids = begun.all_ids(descending=wanted.descending)
        context.compared[key] = set(_some(context, wanted, begun) if ids is None else ids)
    known = context.compared[key]
    if len(known) > MAX_SHARED:
        return _newly_begun(context, wanted)
    return _InStatuses(ids_in_ranges(context, (), wanted), sorted(known), iter(()), is_whole=True)


def _some(context: Context, wanted: WantedRuns, begun: _InStatuses) -> Iterator[str]:
    """Return one id more than lists share, or all."""
    listed = context.store.run_lists.ids(
        _ranges(context, wanted), descending=wanted.descending, first_page=_SHARED_PAGE
    )
    return islice(chain(begun.waiting, begun.more, listed), MAX_SHARED + 1)


def _newly_begun(context: Context, wanted: WantedRuns, page: int | None = None) -> _InStatuses:
    ranges = _ranges(context, wanted)
    reads: list[Callable[[], Any]] = [partial(ids_in_ranges, context, ranges, wanted, page)]
    if WAITING in (wanted.statuses or ()):
        reads.append(partial(_begin_waiting, context, wanted))
    begun, *waiting = context.store.parallel(reads)
    first, more = waiting[0] if waiting else ([], iter(()))
    return _InStatuses(begun, first[:FEW], chain(first[FEW:], more), is_whole=len(first) <= FEW)


def _ranges(context: Context, wanted: WantedRuns) -> list[KeyRange]:
    """Return the ranges of the statuses, and for those that wait the list of planned runs, by creation."""
    lists, ranges = context.store.run_lists, wanted.ranges(context.store.run_lists)
    if WAITING not in (wanted.statuses or ()) or not context.store.is_current:
        return ranges
    return [*ranges, *lists.planned(wanted.span.lower, wanted.span.upper)]


def _begin_waiting(context: Context, wanted: WantedRuns) -> tuple[list[str], Iterator[str]]:
    """Return some waiting runs that no range has, one more than few if there are more, and those behind."""
    find = unplanned_ids if context.store.is_current else ids_by_creation
    ids = find(context, wanted.span, descending=wanted.descending, rows=FEW + 1)
    return list(islice(ids, FEW + 1)), ids


def ids_in_ranges(
    context: Context, ranges: Sequence[KeyRange], wanted: WantedRuns, page: int | None = None
) -> IdsInRanges:
    """Read the first page of each of these ranges, whose keys draw on the budget, also those read later."""
    work = context.work
    return context.store.run_lists.begin(
        ranges,
        descending=wanted.descending,
        note=lambda keys: work.draw(keys * _KEY, "where"),
        page=page,
        first_pages=context.related.first_pages if context.related else None,
    )
