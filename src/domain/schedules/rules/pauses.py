"""Pauses of schedules."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.json_types import JsonObject
from domain.schedules.clocks.given import InvalidSchedule
from domain.times import format_time, parse_time

LONGEST_NOTE: Final = 1_000
LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A pause of a schedule: since when, until when or until it is resumed, by whom and why."""

    since: datetime
    until: datetime | None = None
    by: str | None = None
    note: str | None = None

    @classmethod
    def new(cls, now: datetime, *, until: datetime | None, by: str | None, note: str | None) -> "Pause":
        """Return a pause that begins now. Raises InvalidSchedule."""
        if until is not None and until <= now:
            raise InvalidSchedule("until", f"must be in the future, not {format_time(until)}.")
        for field, text, most in (("note", note, LONGEST_NOTE), ("by", by, LONGEST_NAME)):
            if text is not None and len(text) > most:
                raise InvalidSchedule(field, f"has {len(text):,} characters; at most {most:,} are kept.")
        return cls(since=now, until=until, by=by, note=note)

    @classmethod
    def read(cls, stored: JsonObject) -> "Pause":
        """Return a pause of its JSON form."""
        until = stored.get("until")
        return cls(
            since=parse_time(stored["since"], "since"),
            until=None if until is None else parse_time(until, "until"),
            by=stored.get("by"),
            note=stored.get("note"),
        )

    def as_json(self) -> JsonObject:
        """Return the JSON form that `read` reads."""
        times = {"since": format_time(self.since), "until": self.until and format_time(self.until)}
        return {**times, "by": self.by, "note": self.note}

    def holds(self, now: datetime) -> bool:
        """Return True if the pause is not over."""
        return self.until is None or now < self.until
