"""Authors: who made or changed something, as it is kept with what they made."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody who made something: a name for people, and the id of its API key, None if it used none."""

    name: str
    key_id: str | None = None
