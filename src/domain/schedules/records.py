"""The record of a flow group's schedule: which occurrences were decided, and which runs were made of them."""

from dataclasses import dataclass
from datetime import datetime

from domain.json_types import JsonObject
from domain.schedules.rules import ScheduleRules


@dataclass(frozen=True, slots=True)
class Made:
    """A run that was made of an occurrence: when it is due, what tells its clock, and the run's id."""

    time: datetime
    gifts: str
    flow_run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRecord:
    """The record of the schedule of a flow group.

    revision    counts the writes of the record, so that only one of two writers that read the same succeeds
    changed     when the schedule was last switched or replaced, or its flow was
    definition  a digest of the flow and the schedule of which the runs were made; None if none are wanted
    until       the instant until which the occurrences of this schedule are decided
    next_look   the instant at which the schedule needs work; None if it needs none
    made        runs that were made and not long due
    labels      the sets of labels of the runs
    fault       why no runs can be made, None if they can
    """

    group_id: str
    revision: int
    changed: datetime
    definition: str | None = None
    until: datetime | None = None
    next_look: datetime | None = None
    made: tuple[Made, ...] = ()
    labels: tuple[tuple[str, ...], ...] = ()
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """The schedule that is to be kept up, its rules, and a digest of both and of the flow."""

    serialized: JsonObject
    rules: ScheduleRules
    definition: str
