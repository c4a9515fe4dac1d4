"""Occurrences that do not run because of a rule of their schedule, and the messages that say so."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from domain.schedules.calendar import Occurrence
from domain.schedules.rules.pauses import Pause
from domain.schedules.rules.ruled import RuledSchedule
from domain.schedules.rules.skips import SkipReason

# An occurrence that is due for longer is missed, as in Core. Younger ones make runs that are due at once, so
# that a late tick leaves no gap.
LATEST: Final = timedelta(minutes=5)
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SkippedByRule:
    """An occurrence that does not run, and why."""

    occurrence: Occurrence
    reason: SkipReason


def pause_message(pause: Pause | None) -> str:
    """Return the message that a schedule was paused, with the note of the pause."""
    note = None if pause is None else pause.note
    return f"The schedule was paused: {note}" if note else "The schedule was paused."


def skip_message(skip: SkippedByRule, kept: RuledSchedule) -> str:
    """Return why an occurrence does not run, in words."""
    match skip.reason:
        case SkipReason.EXCLUDED:
            return f"The schedule leaves {skip.occurrence.wall.date().isoformat()} out."
        case SkipReason.PAUSED:
            return pause_message(kept.pause)
        case SkipReason.LIMIT:
            return f"The schedule has had its {kept.rules.max_runs:,} runs."
    if kept.ends:
        return "The schedule was changed or switched off before a run of it was made."
    return f"It was noticed more than {LATEST // _MINUTE} minutes after it was due."
