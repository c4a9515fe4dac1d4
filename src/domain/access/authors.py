"""Authors: who made or changed something, as it is kept with what they made, and from where."""

from dataclasses import dataclass
from typing import Final

# What a sender decides is cut, so that it takes little room.
AGENT_CHARACTERS: Final = 120
ADDRESS_CHARACTERS: Final = 60
REQUEST_CHARACTERS: Final = 60


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody who made something: a name for people, and the id of its API key, None if it used none."""

    name: str
    key_id: str | None = None


# Who makes runs that no caller asks for one by one.
SCHEDULE: Final = Author("schedule")
BACKFILL: Final = Author("backfill")
EVENT: Final = Author("event")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from: its id, the address of its sender, and the program that says it sent it."""

    request_id: str
    source_ip: str
    user_agent: str

    @classmethod
    def of(cls, request_id: str, source_ip: str, user_agent: str) -> "Origin":
        """Return an origin whose texts are cut, and can be kept."""
        return cls(
            kept_text(request_id, REQUEST_CHARACTERS),
            kept_text(source_ip, ADDRESS_CHARACTERS),
            kept_text(user_agent, AGENT_CHARACTERS),
        )


def kept_text(text: str, most: int) -> str:
    """Return the beginning of a text, in a form that can be stored."""
    return text[:most].encode("utf-8", "replace").decode("utf-8")
