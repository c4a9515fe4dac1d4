"""Identifiers. A flow run's id says when it was made, so that ids sort as their creation times do.

The last four digits number what belongs to a flow or to a run: 0 is the flow or the run itself, `…0003` the
third task of the flow, or the run of that task in the run. So neither has to be kept before it is changed,
and each leads to what it belongs to. What a flow run holds under no number, as its states, has ids that
begin like the run's.
"""

import uuid
from datetime import datetime
from hashlib import sha256

from domain.errors import BadUserInput
from domain.times import EPOCH, from_micros, to_micros

RANDOM_BITS = 46
_NUMBER_BITS = 16
MAX_NUMBER = (1 << _NUMBER_BITS) - 1


def time_ordered_id(created: datetime, random_bits: int) -> str:
    """Make a version 7 UUID (RFC 9562): milliseconds, the microseconds, 46 random bits, and the number 0.

    The microseconds stand in `rand_a`, where the RFC leaves room for a finer clock: the text order of
    two ids is the order of their creation to the microsecond, and `created_from_id` gives it back whole.
    """
    millis, micros = divmod(to_micros(created), 1000)
    random_part = (random_bits & (1 << RANDOM_BITS) - 1) << _NUMBER_BITS
    return str(uuid.UUID(int=millis << 80 | 0x7 << 76 | micros << 64 | 0b10 << 62 | random_part))


def member_id(owner_id: str, number: int) -> str:
    """The id of what belongs to a flow or a run under this number, from 1 to MAX_NUMBER."""
    return f"{owner_id[:-4]}{number:04x}"


def owner_of(identifier: str) -> str:
    """The id of the flow or run to which this id belongs; an owner's own id is answered as it is."""
    return f"{identifier[:-4]}0000"


def is_member(identifier: str, owner_id: str) -> bool:
    """Whether this is the id of something that belongs to the owner, whose id may end in any four digits."""
    return member_id(owner_id, number_of(identifier)) == identifier


def numbers_members(owner_id: str) -> bool:
    """Whether the ids of what belongs to this owner lead to it; those of release 0.1.0 end in any digits."""
    return number_of(owner_id) == 0


def number_of(identifier: str) -> int:
    """The number that an id has among those of its owner; 0 for the owner."""
    return int(identifier[-4:], 16)


def inner_id(flow_run_id: str, name: str) -> str:
    """The id of what a flow run holds under a name: a version 8 UUID, the same whenever it is made.

    Its first 10 bytes are the run's but for the version, its last 6 come from the name.
    """
    return f"{flow_run_id[:14]}8{flow_run_id[15:24]}{sha256(name.encode()).hexdigest()[:12]}"


def flow_run_bounds(identifier: str) -> tuple[str, str] | None:
    """Between which ids, both included, the flow run's is that holds this `inner_id`; None for other ids.

    Other runs of the same microsecond can lie there too, one in 16,384 of them.
    """
    if uuid.UUID(identifier).version != 8:  # noqa: PLR2004
        return None
    prefix = f"{identifier[:14]}7{identifier[15:24]}"
    return f"{prefix}{'0' * 12}", f"{prefix}{'f' * 12}"


def created_from_id(identifier: str) -> datetime:
    """The instant at which `time_ordered_id` made this id."""
    number = int(identifier.replace("-", ""), 16)
    return from_micros((number >> 80) * 1000 + (number >> 64 & 0xFFF))


def is_time_ordered(identifier: str) -> bool:
    """Whether `time_ordered_id` or `member_id` can have made this id."""
    return uuid.UUID(identifier).version == 7  # noqa: PLR2004


def first_id_at(instant: datetime) -> str:
    """The smallest id that a run made at this instant or later can have: a bound for a range of ids."""
    return time_ordered_id(max(instant, EPOCH), 0)


def parse_uuid(value: object, name: str) -> str:
    """Read a UUID in any usual spelling; answer it in lower case with dashes. Raises BadUserInput."""
    if isinstance(value, str) and len(value) <= len("urn:uuid:{}") + 36:
        try:
            return str(uuid.UUID(value))
        except ValueError:
            pass
    raise BadUserInput(f"{name} must be a UUID, not {str(value)[:60]!r}.")


def stable_id(namespace: str, name: str) -> str:
    """The same UUID for the same namespace (a UUID) and name, everywhere and for ever."""
    return str(uuid.uuid5(uuid.UUID(namespace), name))
