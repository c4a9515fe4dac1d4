"""The plan of a backfill: which occurrences of its range run, given the runs that are known of them."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.flow_runs.flow_runs import FlowRun
from domain.json_types import JsonObject
from domain.schedules.calendar import Look, Occurrence
from domain.schedules.clocks.given import InvalidSchedule
from domain.schedules.rules.ruled import RuledSchedule, ruled_occurrences, spread_of
from domain.schedules.rules.skips import SkipReason
from domain.schedules.runs.backfills import MOST_OCCURRENCES, Repeat
from domain.schedules.runs.digests import gifts_digest

_MICROSECOND: Final = timedelta(microseconds=1)
_MOST_EVENTS: Final = 50_000


@dataclass(frozen=True, slots=True)
class Planned:
    """An occurrence that is to run.

    time     when it is due
    event    the same before the spread, which tells it from others also if the spread changes
    gifts    the digest of its clock's gifts, see `gifts_digest`
    clock    the place of the clock among those of the schedule
    known    the noted run that the occurrence had when it was planned; None if it had none
    skipped  the time under which it is noted as skipped, or may yet be; None if it is not
    """

    time: datetime
    event: datetime
    gifts: str
    clock: int
    known: str | None = None
    skipped: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillPlan:
    """The plan of a backfill, which never changes: the schedule as it was, and the occurrences in order.

    `moved` is by how much the spread moved each occurrence.
    """

    schedule: JsonObject
    planned: tuple[Planned, ...]
    moved: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class KnownRun:
    """A run of an occurrence: whether it failed, and whether it is gone since."""

    flow_run_id: str
    has_failed: bool
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class KnownRuns:
    """What is known of the occurrences of a range, each named by its time before the spread.

    plain    runs, by the times
    noted    the runs that are noted of an occurrence
    skipped  the times under which occurrences are noted as skipped of which no run was made
    decided  the time until which occurrences were decided; a late tick may yet note later ones as skipped
    """

    plain: Mapping[datetime, Sequence[KnownRun]]
    noted: Mapping[tuple[datetime, str], KnownRun]
    skipped: Mapping[tuple[datetime, str], datetime]
    decided: datetime | None = None


def occurrences_within(kept: RuledSchedule, first: datetime, last: datetime) -> list[Occurrence]:
    """Return the occurrences that are due from `first` to `last`, in this order.

    Excluded days are left out. Raises InvalidSchedule if there are too many.
    """
    look = Look(left=_MOST_EVENTS)
    after = first - spread_of(kept.name, kept.rules.spread) - _MICROSECOND
    found: list[Occurrence] = []
    for ruled in ruled_occurrences(kept, after, look):
        if ruled.occurrence.time > last:
            return found
        if ruled.skip is not SkipReason.EXCLUDED:
            found.append(ruled.occurrence)
        if len(found) > MOST_OCCURRENCES:
            break
    if look.is_spent or len(found) > MOST_OCCURRENCES:
        raise InvalidSchedule(
            "last", f"the range has too many occurrences; at most {MOST_OCCURRENCES:,} are taken at once."
        )
    return found


def _yet_to_decide(occurrence: Occurrence, decided: datetime | None) -> datetime | None:
    return None if decided is None or occurrence.event <= decided else occurrence.time


def event_of(run: FlowRun, moved: timedelta, events: Collection[datetime]) -> datetime:
    """Return the time, before the spread, of the occurrence for which a run stands.

    `moved` is the spread of now, which is what somebody sees who asks for a run of one of the `events`.
    """
    if not run.auto_scheduled and run.scheduled_start_time - moved in events:
        return run.scheduled_start_time - moved
    return run.scheduled_start_time - run.moved


def chosen(occurrences: Iterable[Occurrence], known: KnownRuns, repeat: Repeat) -> Iterator[Planned]:
    """Yield the occurrences that are to run, in the given order, which is that of their times.

    A plain run tells its time, but not its clock. So the plain runs of a time stand for the occurrences of
    that time in the order of the clocks. A noted run names its occurrence, and comes before a plain one.
    """
    places = Counter[datetime]()
    for occurrence in occurrences:
        place, runs = places[occurrence.event], known.plain.get(occurrence.event, ())
        places[occurrence.event] += 1
        gifts = gifts_digest(occurrence.gifts)
        name = occurrence.event, gifts
        earlier = known.noted.get(name)
        newest = earlier or (runs[place] if place < len(runs) else None)
        if newest is None or newest.is_gone or repeat is Repeat.ALL:
            is_wanted = True
        else:
            is_wanted = repeat is Repeat.FAILED and newest.has_failed
        if is_wanted:
            yield Planned(
                occurrence.time,
                occurrence.event,
                gifts,
                occurrence.clock,
                known=None if earlier is None else earlier.flow_run_id,
                skipped=known.skipped.get(name) or _yet_to_decide(occurrence, known.decided),
            )
