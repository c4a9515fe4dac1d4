"""The numbers of flow runs by the hour or the day of their creation, and by how they ended.

Totals tell the hours and days that are over; of the others the keys of the indexes do. So what a count costs
follows the number of the hours or days, the runs of the last hours, and the unfinished ones. Where these are
many, a request returns what recovery has counted a moment ago.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import Final

from domain.errors import BadUserInput
from domain.flow_runs import run_tallies
from domain.flow_runs.key_ranges import KeyRange
from domain.flow_runs.run_counts import RunCounts
from domain.flow_runs.run_tallies import Subject
from domain.flow_runs.run_totals import LISTED_ENDS, OF_TENANT, Level, Period, TotalOf, gaps, key_of
from domain.ids import created_from_id, first_id_at, last_id_before
from domain.times import EPOCH
from operations.access.project_limits import is_own, own_group_ids
from operations.context import Context
from operations.reads.counts.counted_keys import STEP, CountedKeys
from operations.reads.counts.tallies import kept_counts
from operations.reads.counts.totals import readable, stored_totals, with_few_gaps
from operations.reads.counts.unfinished import OpenTime, of_groups
from operations.reads.plans.flow_runs.run_ranges import ranges_of_groups
from operations.reads.plans.flow_runs.waiting_plans import ids_by_creation
from operations.reads.plans.spans import Span

# How many hours or days one answer has: a week of hours, half a year of days.
MAX_BUCKETS: Final = 200
# How many flow groups one answer counts, because each is a query in each shard.
MAX_GROUPS: Final = 50
# How many keys one answer looks at.
MAX_KEYS: Final = 100_000
# Each end is listed in each shard. So where so few runs ended in the times that totals count, these are
# listed again with those before and behind, because a query costs as much as twenty keys.
FEW_ENDS: Final = 400
_LEVELS: Final = {Level.HOUR: (Level.HOUR,), Level.DAY: (Level.DAY, Level.HOUR)}
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is counted: runs of the tenant, of a project or of a flow group, and when they were created."""

    level: Level
    start: datetime
    end: datetime | None = None
    project_id: str | None = None
    flow_group_id: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Numbers that were counted, and at how many keys of runs the count looked."""

    counts: list[RunCounts]
    keys: int = 0


def counts_over_time(context: Context, question: Question) -> list[RunCounts]:
    """Return the numbers for each hour or day between two times. The first and the last are whole ones.

    Raises BadUserInput if there are too many, or too many flow groups.
    """
    asked = context.now()
    now = asked + _MICROSECOND  # also runs of this instant
    if question.end is not None and question.end < question.start:
        raise BadUserInput("flow_run_counts: to is before from.", {"field": "to"})
    periods = _periods(question.level, max(question.start, EPOCH), min(question.end or now, now))
    if not periods:
        return []
    subject = Subject(question.level, len(periods), question.project_id, question.flow_group_id)
    # What is kept is kept for those who may see all of the tenant.
    if periods[-1].end < now or context.caller.projects is not None:
        return _count(context, subject, periods).counts
    counts = kept_counts(context, subject, periods, asked)
    if counts is None:
        found = _count(context, subject, periods)
        counts = found.counts
        if found.keys > run_tallies.FEW_KEYS:
            context.store.run_tallies.keep(subject, counts, asked)
    return counts


def count_anew(context: Context, subject: Subject) -> Found:
    """Count the last hours or days of a subject, up to now. Raises BadUserInput as counts_over_time does."""
    now = context.now() + _MICROSECOND
    last = Period.of(subject.level, now)
    start = last.start - (subject.periods - 1) * (last.end - last.start)
    return _count(context, subject, _periods(subject.level, max(start, EPOCH), now))


def _count(context: Context, subject: Subject, periods: Sequence[Period]) -> Found:
    groups = _groups(context, subject)
    if groups == []:
        now = context.now()
        return Found([RunCounts(period, now) for period in periods])
    counting = _Counting(context, subject.level, periods, groups)
    return Found(counting.run(), counting.keys)


def _groups(context: Context, of: Subject) -> Sequence[str] | None:
    """Return the flow groups whose runs are counted, those that the caller may see; None if all are."""
    projects, group_id = _projects(context, of), of.flow_group_id
    if of.project_id is None and group_id is not None:
        return own_group_ids(context, [group_id])
    if projects is None:
        return None
    groups = own_group_ids(context, context.store.flow_lists.group_ids(projects, None, MAX_GROUPS + 1))
    if group_id is not None:
        return [group for group in groups if group == group_id]
    if len(groups) > MAX_GROUPS:
        raise BadUserInput(
            f"flow_run_counts: the project has more than {MAX_GROUPS} flows. Ask for single flows by "
            "flow_group_id, or for all projects.",
            {"field": "project_id"},
        )
    return groups


def _projects(context: Context, of: Subject) -> Sequence[str] | None:
    """Return the projects whose runs are counted, those that the caller may see; None if all are."""
    if of.project_id is not None:
        return [of.project_id] if is_own(context, of.project_id) else []
    return None if context.caller.projects is None else sorted(context.caller.projects)


def _periods(level: Level, start: datetime, end: datetime) -> list[Period]:
    """Return the periods that two times lie in, and those between."""
    found: list[Period] = []
    period = Period.of(level, start)
    while period.start < end:
        if len(found) == MAX_BUCKETS:
            raise BadUserInput(
                f"flow_run_counts: from and to are more than {MAX_BUCKETS} {level.value}s apart. "
                "Take a shorter time, or longer buckets.",
                {"field": "from"},
            )
        found.append(period)
        period = Period(level, period.end)
    return found


class _Counting:
    def __init__(
        self, context: Context, level: Level, periods: Sequence[Period], groups: Sequence[str] | None
    ) -> None:
        self._context, self._level, self._groups = context, level, groups
        self._times = periods[0].start, periods[-1].end
        now = context.now()
        self._found = {period.start: RunCounts(period, now) for period in periods}
        self._keys = CountedKeys(context, MAX_KEYS)
        self._ends_of_totals = 0

    @property
    def keys(self) -> int:
        """The number of keys of runs that were looked at."""
        return self._keys.number

    def run(self) -> list[RunCounts]:
        left, times = self._take_totals()
        ids = [set(self._keys.in_ranges(self._ranges(span))) for span in left]
        for run_id in chain.from_iterable(ids):
            self._of(run_id).runs += 1
        if len(left) > 1 and self._ends_of_totals <= FEW_ENDS:
            self._take_ends([Span(left[0].lower, left[-1].upper)], [set().union(*ids)])
        else:
            self._take_ends(left, ids)
        since = min(
            [time.start for time in times] + [created_from_id(span.lower) for span in left if span.lower],
            default=None,
        )
        if since is not None:
            self._take_unfinished(_span(since, self._times[1]), set().union(*ids), times)
        self._context.plans.append(f"flow_run: counted by totals, and {self._keys.number:,} keys")
        return list(self._found.values())

    def _take_totals(self) -> tuple[list[Span], list[OpenTime]]:
        """Add what totals tell. Return the times that none covers, and those with unfinished runs."""
        of = TotalOf.TENANT if self._groups is None else TotalOf.GROUPS
        stored = stored_totals(self._context, of, self._times, _LEVELS[self._level])
        totals, start = stored or ([], self._times[0])
        end, used, times = self._times[1], [], []
        for total, figures in readable(with_few_gaps(totals, start, end)):
            used.append(total)
            counts = self._found[Period.of(self._level, total.period.start).start]
            self._ends_of_totals += sum(value.ends.total() for value in figures.values())
            unfinished: dict[str, int] = {}
            for group in [OF_TENANT] if self._groups is None else self._groups:
                if (value := figures.get(key_of(group))) is not None:
                    counts.runs += value.runs
                    counts.ends.update(value.ends)
                    if value.unfinished:
                        unfinished[group] = value.runs
            if unfinished:
                times.append(OpenTime(total.period.start, total.period.end, unfinished))
        return [_span(*part) for part in gaps(start, end, used)], times

    def _take_ends(self, left: Sequence[Span], ids: Sequence[set[str]]) -> None:
        """Count the ends of the runs that no total counts."""
        lists = self._context.store.run_lists
        wanted = [(end, number) for number, found in enumerate(ids) if found for end in sorted(LISTED_ENDS)]
        listed = self._context.store.parallel(
            [
                partial(self._listed, lists.in_status(end, left[number].lower, left[number].upper))
                for end, number in wanted
            ]
        )
        for (end, number), ended in zip(wanted, listed, strict=True):
            for run_id in ids[number].intersection(ended):
                self._of(run_id).ends[end] += 1

    def _take_unfinished(self, span: Span, counted: set[str], times: Sequence[OpenTime]) -> None:
        """Count the runs in a span that are live or wait. `counted` are those that no total counts."""
        lists = self._context.store.run_lists
        live = set(self._keys.in_ranges(lists.in_status("live", span.lower, span.upper)))
        waiting = set(self._keys.of(ids_by_creation(self._context, span, descending=True, rows=STEP)))
        if self._groups is not None:
            unfinished = live | waiting
            own = unfinished & counted
            own |= of_groups(self._context, self._keys, unfinished - counted, times)
            live, waiting = live & own, waiting & own
        for run_id in live:
            self._of(run_id).live += 1
        for run_id in waiting:
            self._of(run_id).waiting += 1

    def _ranges(self, span: Span) -> Sequence[KeyRange]:
        if self._groups is not None:
            return ranges_of_groups(self._context, self._groups, span)
        return self._context.store.run_lists.of_tenant(span.lower, span.upper)

    def _listed(self, ranges: Sequence[KeyRange]) -> list[str]:
        return list(self._keys.in_ranges(ranges))

    def _of(self, run_id: str) -> RunCounts:
        return self._found[Period.of(self._level, created_from_id(run_id)).start]


def _span(start: datetime, end: datetime) -> Span:
    return Span(first_id_at(start), last_id_before(end))
