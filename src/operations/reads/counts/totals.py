"""The part of a span of time that totals cover, so that a count looks at the keys of the rest alone."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from domain.flow_runs.run_totals import (
    OF_TENANT,
    ByKey,
    Figures,
    Level,
    Period,
    Total,
    TotalOf,
    UnreadableTotal,
    gaps,
    key_of,
)
from domain.ids import created_from_id, first_id_at, last_id_before
from domain.times import EPOCH
from operations.context import Context
from operations.reads.plans.spans import Span

# In a shorter span there are hardly more keys than totals would cost. Totals of groups cost more.
WORTH: Final = {TotalOf.TENANT: timedelta(days=1), TotalOf.GROUPS: timedelta(days=7)}
# Each gap between totals costs a query a shard, for each group or state. So totals between further gaps are
# left out.
MOST_GAPS: Final = 2
# A time that comes after the creation of every run.
_NEVER: Final = datetime(9999, 1, 1, tzinfo=EPOCH.tzinfo)
_MICROSECOND: Final = timedelta(microseconds=1)
_LONGEST_FIRST: Final = (Level.MONTH, Level.DAY, Level.HOUR)

_Times = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Covered:
    """The runs of a span that totals count, and the rest.

    figures     what the totals count
    spans       the parts of the span that no total covers
    unfinished  the parts of the span in which runs may not have ended
    """

    figures: Figures
    spans: Sequence[Span]
    unfinished: Sequence[Span]

    @classmethod
    def nothing(cls, span: Span) -> "Covered":
        """Return a span that no total covers."""
        return cls(Figures(), [span], [span])

    def ended(self, states: Iterable[str]) -> int:
        """Return the number of counted runs that ended in states other than Success."""
        return sum(self.figures.ends[name] for name in states)


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """The sums of all totals in a span by key, and the parts of the span that no total covers."""

    spans: Sequence[Span]
    figures: ByKey = field(default_factory=dict)


def covered(context: Context, span: Span, groups: Sequence[str] | None = None) -> Covered:
    """Return what totals tell of the runs that were created in a span, of the tenant or of flow groups."""
    of = TotalOf.TENANT if groups is None else TotalOf.GROUPS
    sums = _sums(context, of, span)
    figures = Figures()
    for key in [OF_TENANT] if groups is None else map(key_of, groups):
        figures.add(sums.figures.get(key, Figures()))
    # What an index has of the runs that had not ended costs less in one span than in many.
    are_left = figures.unfinished > 0
    if figures.runs:
        context.plans.append(f"flow_run: {figures.runs:,} counted by totals")
    return Covered(figures, sums.spans, [span] if are_left else sums.spans)


def _sums(context: Context, of: TotalOf, span: Span) -> _Sums:
    """Return the sums of a span, which lists that are read side by side share."""
    shared = context.compared
    if shared is None:
        return _Reader(context, of, span).read()
    if (of, span) not in shared:
        shared[of, span] = {_Reader(context, of, span).read()}
    sums: _Sums
    (sums,) = shared[of, span]
    return sums


def stored_totals(
    context: Context, of: TotalOf, times: _Times, levels: Sequence[Level]
) -> tuple[list[Total], datetime] | None:
    """Return the totals between two times that are right, the longest first taken, in their order.

    `levels` come from the longest to the shortest. Also return the time before which no run was created, or
    the first of the two times. None if no total can be relied on.
    """
    start, end = times
    stored = context.store.run_totals.stored

    def within(level: Level, times: _Times) -> list[Total]:
        """Return the stored totals of the periods that lie between two times as a whole."""
        first, last = Period.from_on(level, times[0]).start, Period.of(level, times[1]).start
        return stored(of, level, first, last) if first < last else []

    reads: list[Callable[[], Any]] = [context.store.run_totals.marks, partial(within, levels[0], times)]
    marks, longest = context.store.parallel(reads)
    if marks.since is None or marks.first is None:
        return None
    start = max(start, marks.first)
    found = [total for total in longest if marks.allow(total)]
    for level in levels[1:]:
        between = gaps(start, end, found)
        pages = context.store.parallel([partial(within, level, part) for part in between])
        found += [total for page in pages for total in page if marks.allow(total)]
        found.sort(key=lambda total: total.period.start)
    return found, start


def readable(totals: Iterable[Total]) -> Iterator[tuple[Total, ByKey]]:
    """Yield totals with their figures, but for those that cannot be read: their runs must be counted."""
    for total in totals:
        with suppress(UnreadableTotal):
            yield total, total.figures()


class _Reader:
    def __init__(self, context: Context, of: TotalOf, span: Span) -> None:
        self._context, self._of, self._span = context, of, span
        self._start, self._end = _times(span)

    def read(self) -> _Sums:
        if min(self._end, self._context.now()) - self._start < WORTH[self._of]:
            return _Sums([self._span])
        stored = stored_totals(self._context, self._of, (self._start, self._end), _LONGEST_FIRST)
        if stored is None:
            return _Sums([self._span])
        totals, self._start = stored
        return self._added(with_few_gaps(totals, self._start, self._end))

    def _added(self, totals: list[Total]) -> _Sums:
        """Add the totals up. The time of one that cannot be read is left to the keys."""
        read: list[Total] = []
        figures: ByKey = {}
        for total, found in readable(totals):
            read.append(total)
            for key, value in found.items():
                figures.setdefault(key, Figures()).add(value)
        spans = [self._as_span(times) for times in gaps(self._start, self._end, read)]
        return _Sums(spans, figures)

    def _as_span(self, times: _Times) -> Span:
        """Return the ids in the span of the runs that were created between two times."""
        return self._span.within(
            first_id_at(times[0]), None if times[1] == _NEVER else last_id_before(times[1])
        )


def _times(span: Span) -> _Times:
    """Return the times between which all ids of runs lie in a span."""
    start, end = EPOCH, _NEVER
    if span.lower is not None:
        start = created_from_id(span.lower)
        start += _MICROSECOND if span.lower > first_id_at(start) else timedelta()
    if span.upper is not None:
        end = created_from_id(span.upper)
        end += _MICROSECOND if span.upper >= last_id_before(end + _MICROSECOND) else timedelta()
    return start, end


def with_few_gaps(totals: list[Total], start: datetime, end: datetime) -> list[Total]:
    """Leave the totals with the fewest runs out, until few gaps are left between the others."""
    between = gaps(start, end, totals)
    if len(between) <= MOST_GAPS:
        return totals
    blocks = list(_blocks(totals, between))
    inner = sorted(blocks[1:-1], key=lambda block: sum(total.runs for total in block))
    left_out = {total.period for block in inner[: len(between) - MOST_GAPS] for total in block}
    return [total for total in totals if total.period not in left_out]


def _blocks(totals: list[Total], between: Sequence[_Times]) -> Iterator[list[Total]]:
    """Yield the totals before, between and behind gaps."""
    left = iter(totals)
    total = next(left, None)
    for start, _ in [*between, (_NEVER, _NEVER)]:
        block: list[Total] = []
        while total is not None and total.period.start < start:
            block.append(total)
            total = next(left, None)
        yield block
