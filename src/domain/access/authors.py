"""Authors: who made or changed something, as it is kept with what they made."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody who made something: a name for people, and the id of its API key, None if it used none."""

    name: str
    key_id: str | None = None


# Who makes runs that no caller asks for one by one.
SCHEDULE: Final = Author("schedule")
BACKFILL: Final = Author("backfill")
EVENT: Final = Author("event")
