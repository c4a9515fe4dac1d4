"""The record of a flow group's schedule: which occurrences were decided, and which runs were made of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from domain.flow_runs.flow_runs import FlowRun
from domain.json_types import JsonObject
from domain.schedules.rules.skips import SkippedOccurrence

# Stands for the run of an occurrence that was skipped, while others of the same instant are not decided.
NOTED: Final = "-"
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Made:
    """A run that was made of an occurrence.

    time         when it is due
    event        when it was due before the spread
    gifts        the digest of its clock's gifts, see `gifts_digest`
    flow_run_id  the run; empty if a user has deleted it; NOTED if it was skipped
    """

    time: datetime
    event: datetime
    gifts: str
    flow_run_id: str

    @property
    def has_run(self) -> bool:
        """True if there may be a run of it."""
        return self.flow_run_id not in ("", NOTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRecord:
    """The record of the schedule of a flow group.

    revision    counts the writes of the record, so that only one of two writers that read the same succeeds
    changed     when the schedule was last switched or replaced, or its flow was
    definition  a digest of the flow and the schedule of which the runs were made; None if none are wanted
    told        a digest of the rules and the pause under which they were made; None without any
    until       the instant until which the events of this schedule are decided
    redone      the instant until which they were decided before the rules changed, while they are decided
                anew; else None
    since       the instant until which they are decided for good, by their times before the spread, whatever
                changes; None before the first change
    moved       by how much the spread moved the occurrences that were decided last, and
    farthest    by how much any spread has moved some at most
    next_look   the instant at which the schedule needs work; None if it needs none
    made        runs that were made and not long due, in the order in which they were made
    missed      the last occurrence that was missed, which has a run if no later one is missed; None if none
    counted     how many runs were made since the rules say how many the schedule may have
    failures    how many of the runs that ended last have failed in a row, if the rules ask for that; it
                begins anew when the schedule is told something, so also with each pause
    labels      the sets of labels of the runs
    fault       why no runs can be made, None if they can
    """

    group_id: str
    revision: int
    changed: datetime
    definition: str | None = None
    told: str | None = None
    until: datetime | None = None
    redone: datetime | None = None
    since: datetime | None = None
    moved: timedelta = timedelta(0)
    farthest: timedelta = timedelta(0)
    next_look: datetime | None = None
    made: tuple[Made, ...] = ()
    missed: Made | None = None
    counted: int = 0
    failures: int = 0
    labels: tuple[tuple[str, ...], ...] = ()
    fault: str | None = None

    def is_redone(self, event: datetime) -> bool:
        """Return True if an event was decided before the rules changed."""
        return self.redone is not None and event <= self.redone


@dataclass(frozen=True, slots=True)
class Wanted:
    """The schedule that is to be kept up: its stored parts, with the digests that `ScheduleRecord` keeps."""

    serialized: JsonObject
    rules: JsonObject | None
    pause: JsonObject | None
    definition: str
    told: str | None


@dataclass(frozen=True, slots=True)
class Decided:
    """The decisions of a step: the record after it, the runs that are made, and what is skipped.

    `again` are those of the runs whose occurrences may have been skipped before the rules changed. `late` are
    those that are due already, of which a backfill may have made runs.
    """

    after: ScheduleRecord
    runs: Sequence[FlowRun] = ()
    skipped: Sequence[SkippedOccurrence] = ()
    again: Sequence[Made] = ()
    late: Sequence[Made] = ()

    def without(self, flow_run_ids: Collection[str]) -> "Decided":
        """Return the step without these runs, whose occurrences have other runs."""
        left = len(self.runs) - len(flow_run_ids)
        after = replace(
            self.after,
            made=tuple(
                replace(made, flow_run_id="") if made.flow_run_id in flow_run_ids else made
                for made in self.after.made
            ),
            counted=max(0, self.after.counted - (len(self.runs) - left)),
        )
        return Decided(
            after,
            [run for run in self.runs if run.id not in flow_run_ids],
            self.skipped,
            [made for made in self.again if made.flow_run_id not in flow_run_ids],
            [made for made in self.late if made.flow_run_id not in flow_run_ids],
        )


def rewound(record: ScheduleRecord, planned: Sequence[SkippedOccurrence]) -> ScheduleRecord:
    """Return a record with which all occurrences that are due after a change of rules are decided anew.

    `planned` are those that were skipped in advance. If all will be decided anyway, the record is unchanged.
    """
    events = [made.event for made in record.made if made.time > record.changed]
    events += [skipped.event or skipped.time for skipped in planned]
    if record.until is None or not events or (until := min(events) - _MICROSECOND) >= record.until:
        return record
    made = tuple(run for run in record.made if run.time <= record.changed or run.flow_run_id != NOTED)
    # What an earlier change has begun is not done.
    redone = record.until if record.redone is None else record.redone
    return replace(record, until=until, made=made, redone=redone, since=settled(record))


def settled(record: ScheduleRecord) -> datetime | None:
    """Return the instant until which occurrences are decided for good, whatever changes: those that were due.

    It goes by their times before the spread, because a wider one would let them be due again.
    """
    if record.until is None:
        return record.since
    due = min(record.until, record.changed - record.moved)
    return due if record.since is None else max(record.since, due)
