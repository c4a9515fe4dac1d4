"""Identifiers. The id of a flow run tells when the run was created, so that ids sort by creation.

The last four digits of an id number the members of a flow or of a flow run. 0 is the owner itself. `…0003` is
the third task of the flow, or the run of that task in the flow run. So a member needs no item before its
first change, and its id leads to its owner. Things of a flow run without a number, as its states, have ids
that begin like the id of the run.
"""

import re
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256

from domain.errors import BadUserInput
from domain.times import EPOCH, from_micros, to_micros

RANDOM_BITS = 46
# The length of the token that tells one write from all others.
TOKEN_BYTES = 6
_NUMBER_BITS = 16
_MICROSECOND = timedelta(microseconds=1)
MAX_NUMBER = (1 << _NUMBER_BITS) - 1
_UUID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LAST_MICROSECOND = to_micros(datetime(9999, 1, 1, tzinfo=UTC))


def time_ordered_id(created: datetime, random_bits: int) -> str:
    """Make a version 7 UUID (RFC 9562): milliseconds, the microseconds, 46 random bits, and the number 0.

    The microseconds are in `rand_a`, where the RFC leaves room for a finer clock. So the text order of two
    ids is the order of their creation to the microsecond, and `created_from_id` returns the whole time.
    """
    millis, micros = divmod(to_micros(created), 1000)
    random_part = (random_bits & (1 << RANDOM_BITS) - 1) << _NUMBER_BITS
    return str(uuid.UUID(int=millis << 80 | 0x7 << 76 | micros << 64 | 0b10 << 62 | random_part))


def member_id(owner_id: str, number: int) -> str:
    """Return the id of the member of a flow or a run that has this number, from 1 to MAX_NUMBER."""
    return f"{owner_id[:-4]}{number:04x}"


def owner_of(identifier: str) -> str:
    """Return the id of the owner of a member. The id of an owner is returned unchanged."""
    return f"{identifier[:-4]}0000"


def by_owner(identifiers: Iterable[str]) -> dict[str, list[str]]:
    """Return the ids of members by their `owner_of`, which an owner's id has, too, however it ends."""
    found: dict[str, list[str]] = {}
    for identifier in identifiers:
        found.setdefault(owner_of(identifier), []).append(identifier)
    return found


def is_member(identifier: str, owner_id: str) -> bool:
    """Return True if the id is that of a member of the owner, whose own id may end in any four digits."""
    return member_id(owner_id, number_of(identifier)) == identifier


def numbers_members(owner_id: str) -> bool:
    """Return True if the ids of members lead to this owner. Ids of release 0.1.0 end in any digits."""
    return number_of(owner_id) == 0


def number_of(identifier: str) -> int:
    """Return the number of a member of its owner; 0 for the owner."""
    return int(identifier[-4:], 16)


def inner_id(flow_run_id: str, name: str) -> str:
    """Return the id of a thing that a flow run holds under a name: a version 8 UUID, always the same.

    Its first 10 bytes are those of the run's id except for the version. Its last 6 come from the name.
    """
    return f"{flow_run_id[:14]}8{flow_run_id[15:24]}{sha256(name.encode()).hexdigest()[:12]}"


def flow_run_bounds(identifier: str) -> tuple[str, str] | None:
    """Return the smallest and the largest id that the flow run with this `inner_id` can have.

    Return None if the id is no `inner_id`. Another run of the same microsecond can lie between the two with a
    probability of 1 in 16,384.
    """
    if uuid.UUID(identifier).version != 8:  # noqa: PLR2004
        return None
    prefix = f"{identifier[:14]}7{identifier[15:24]}"
    return f"{prefix}{'0' * 12}", f"{prefix}{'f' * 12}"


def created_from_id(identifier: str) -> datetime:
    """Return the time of creation in an id that `time_ordered_id` made.

    Any other UUID has some time, in the year 9999 at the latest, because clients send them as well.
    """
    number = int(identifier.replace("-", ""), 16)
    return from_micros(min((number >> 80) * 1000 + (number >> 64 & 0xFFF), _LAST_MICROSECOND))


def random_bits_of(identifier: str) -> int:
    """Return the random bits of an id that `time_ordered_id` made."""
    return int(identifier.replace("-", ""), 16) >> _NUMBER_BITS & (1 << RANDOM_BITS) - 1


def is_time_ordered(identifier: str) -> bool:
    """Return True if `time_ordered_id` or `member_id` can have made this id."""
    return uuid.UUID(identifier).version == 7  # noqa: PLR2004


def first_id_at(instant: datetime) -> str:
    """Return the smallest id of a run that was created at this time or later: a bound for a range of ids."""
    return time_ordered_id(max(instant, EPOCH), 0)


def last_id_before(instant: datetime) -> str:
    """Return the largest id of a run that was created before this time: a bound for a range of ids."""
    return time_ordered_id(max(instant - _MICROSECOND, EPOCH), -1)


def parse_uuid(value: object, name: str) -> str:
    """Read a UUID in any usual spelling. Return it in lower case with dashes. Raises BadUserInput."""
    if isinstance(value, str) and len(value) <= len("urn:uuid:{}") + 36:
        try:
            return _canonical(value)
        except ValueError:
            pass
    raise BadUserInput(f"{name} must be a UUID, not {str(value)[:60]!r}.")


def is_uuid(text: str) -> bool:
    """Return True for a UUID in lower case with dashes."""
    return _UUID.fullmatch(text) is not None


@lru_cache(maxsize=256)
def _canonical(text: str) -> str:
    """Return a UUID in lower case with dashes. Thousands of log entries name few runs."""
    return str(uuid.UUID(text))


def stable_id(namespace: str, name: str) -> str:
    """Return the UUID of a name in a namespace, which is a UUID. The result is the same everywhere."""
    return str(uuid.uuid5(uuid.UUID(namespace), name))
