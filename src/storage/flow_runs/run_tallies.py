"""Tallies in the table: one item for each subject, all of a tenant in one partition."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Final

from domain.errors import ApiError
from domain.flow_runs.run_counts import RunCounts
from domain.flow_runs.run_tallies import KEPT_FOR, Subject, Tally
from domain.flow_runs.run_totals import LISTED_ENDS, Level, Period
from domain.memory import Memory
from domain.times import from_micros, to_micros
from storage.dynamodb.items import Item
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.layout.attributes import epoch_second, instant, number, read_instant, read_text
from storage.layout.codec import pack, unpack
from storage.layout.keys import Keys, key
from storage.layout.queries import in_partition

# Of two counts of one subject the later one stays, whichever is written first.
IS_NEWER: Final = "attribute_not_exists(counted) OR counted < :counted"
# Recovery counts only what somebody has asked for and what is not forgotten.
IS_KEPT_AND_OLDER: Final = "counted < :counted"
# A note of a question moves forward only, and keeps nothing that is forgotten.
WAS_ASKED_BEFORE: Final = "asked < :asked"
COUNTED_AS_READ: Final = "counted = :counted"


class RunTallies:
    """The tallies of one tenant's flow runs."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._pk = keys.tallies()

    def of(self, subject: Subject) -> Tally | None:
        """Return the tally of a subject, perhaps some moments old; None if none is kept."""
        items = self._table.batch_get([self._key(subject)])
        return _decode(items[0], self._table.memory) if items else None

    def all(self) -> list[Tally]:
        """Return all tallies that are kept, perhaps some moments old."""
        found = self._table.query_all(**in_partition(self._pk))
        return [tally for item in found if (tally := _decode(item, self._table.memory)) is not None]

    def keep(self, subject: Subject, counts: Sequence[RunCounts], counted: datetime) -> None:
        """Keep the numbers that a request has counted. A failure is ignored: the next request counts anew."""
        with suppress(Refused, ApiError):
            self._table.update(
                Key=self._key(subject),
                UpdateExpression=(
                    "SET counted = :counted, figures = :figures, asked = :counted, expires = :expires"
                ),
                ConditionExpression=IS_NEWER,
                ExpressionAttributeValues={**_values(counts, counted), ":expires": _end(counted)},
            )

    def replace(self, subject: Subject, counts: Sequence[RunCounts], counted: datetime) -> None:
        """Replace the numbers of a tally by newer ones, unless it was forgotten. Raises ApiError."""
        with suppress(Refused):
            self._table.update(
                Key=self._key(subject),
                UpdateExpression="SET counted = :counted, figures = :figures",
                ConditionExpression=IS_KEPT_AND_OLDER,
                ExpressionAttributeValues=_values(counts, counted),
            )

    def note(self, subject: Subject, asked: datetime) -> None:
        """Note that a request has asked for a tally. A failure is ignored, so that no query fails by it."""
        with suppress(Refused, ApiError):
            self._table.update(
                Key=self._key(subject),
                UpdateExpression="SET asked = :asked, expires = :expires",
                ConditionExpression=WAS_ASKED_BEFORE,
                ExpressionAttributeValues={":asked": instant(asked), ":expires": _end(asked)},
            )

    def forget(self, tally: Tally) -> None:
        """Forget a tally, unless it was counted anew since it was read. Raises ApiError."""
        with suppress(Refused):
            self._table.delete(
                Key=self._key(tally.subject),
                ConditionExpression=COUNTED_AS_READ,
                ExpressionAttributeValues={":counted": instant(tally.counted)},
            )

    def _key(self, subject: Subject) -> Item:
        return key(self._pk, _sk(subject))


def _sk(subject: Subject) -> str:
    parts = subject.level.value, str(subject.periods), subject.project_id or "", subject.flow_group_id or ""
    return "#".join(parts)


def _subject(sk: str) -> Subject:
    level, periods, project_id, flow_group_id = sk.split("#")
    return Subject(Level(level), int(periods), project_id or None, flow_group_id or None)


def _end(asked: datetime) -> Item:
    return number(epoch_second(asked + KEPT_FOR))


def _values(counts: Sequence[RunCounts], counted: datetime) -> Item:
    figures = [
        [to_micros(one.start), one.runs, one.live, one.waiting, {end: one.ends[end] for end in one.ends}]
        for one in counts
    ]
    return {":counted": instant(counted), ":figures": {"B": pack(figures)}}


def _decode(item: Item, memory: Memory | None) -> Tally | None:
    """Return a tally; None if it cannot be read."""
    try:
        subject, counted = _subject(read_text(item, "sk")), read_instant(item, "counted")
        read = partial(_counts, subject.level, counted, item["figures"]["B"], memory)
        return Tally(subject, counted, read_instant(item, "asked"), read)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _counts(
    level: Level, counted: datetime, packed: bytes, memory: Memory | None
) -> Sequence[RunCounts] | None:
    try:
        return [
            RunCounts(
                Period(level, from_micros(start)),
                counted,
                int(runs),
                int(live),
                int(waiting),
                Counter({name: int(ends[name]) for name in LISTED_ENDS.intersection(ends)}),
            )
            for start, runs, live, waiting, ends in unpack(packed, memory)
        ]
    except Exception:  # noqa: BLE001  (whatever is wrong with them, the runs can be counted)
        return None
