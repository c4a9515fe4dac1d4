"""Identifiers. A flow run's id says when it was made, so that ids sort as their creation times do."""

import uuid
from datetime import datetime

from domain.errors import BadUserInput
from domain.times import EPOCH, from_micros, to_micros

RANDOM_BITS = 62


def time_ordered_id(created: datetime, random_bits: int) -> str:
    """Make a version 7 UUID (RFC 9562): milliseconds, then the microseconds, then 62 random bits.

    The microseconds stand in `rand_a`, where the RFC leaves room for a finer clock: the text order of
    two ids is the order of their creation to the microsecond, and `created_from_id` gives it back whole.
    """
    millis, micros = divmod(to_micros(created), 1000)
    number = millis << 80 | 0x7 << 76 | micros << 64 | 0b10 << 62 | random_bits & (1 << RANDOM_BITS) - 1
    return str(uuid.UUID(int=number))


def created_from_id(identifier: str) -> datetime:
    """The instant at which `time_ordered_id` made this id."""
    number = int(identifier.replace("-", ""), 16)
    return from_micros((number >> 80) * 1000 + (number >> 64 & 0xFFF))


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
