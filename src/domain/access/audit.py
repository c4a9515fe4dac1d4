"""The audit trail: who changed what, when and from where. It has no values, no parameters and no secrets."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from hashlib import sha256
from typing import Final

from domain.access.authors import Author, Origin, kept_text

# An entry takes one write unit, so what a caller decides is cut.
MOST_TARGETS: Final = 10
TARGET_CHARACTERS: Final = 60
# The end of a target that is cut: so many digits of its digest tell it from others with the same beginning.
_DIGITS: Final = 16
# Stands in the place of the targets for which there is no room.
MORE: Final = "and more"


class Outcome(Enum):
    """What is known of a change.

    BEGUN    nothing went wrong: it was done, unless its process died in that moment
    REFUSED  it was refused, or found nothing to change
    UNKNOWN  it failed where some of it may have been done
    """

    BEGUN = "begun"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One change that a caller asked for.

    targets  ids, and names of what has no id, that the input names; the last of MOST_TARGETS is MORE if
             there were more
    code     the code of the error, for a change that was refused with one
    """

    id: str
    tenant_id: str
    created: datetime
    mutation: str
    author: Author
    targets: tuple[str, ...]
    origin: Origin
    outcome: Outcome = Outcome.BEGUN
    code: str | None = None


def kept_targets(targets: Iterable[str]) -> tuple[str, ...]:
    """Return the targets that an entry keeps, each once and cut."""
    kept: dict[str, None] = {}
    for target in targets:
        kept[_cut(target)] = None
        if len(kept) > MOST_TARGETS:
            return (*list(kept)[: MOST_TARGETS - 1], MORE)
    return tuple(kept)


def _cut(target: str) -> str:
    """Return a target that has room in an entry. Different targets stay different."""
    if len(target) <= TARGET_CHARACTERS:
        return kept_text(target, TARGET_CHARACTERS)
    digest = sha256(target.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    return f"{kept_text(target, TARGET_CHARACTERS - _DIGITS - 1)}…{digest}"
