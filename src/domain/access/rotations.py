"""Rotation: a new key takes the place of another, which stays valid for a while so that both overlap."""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from domain.access.api_keys import ApiKey
from domain.errors import BadUserInput

USUAL_OVERLAP: Final = timedelta(days=1)
MAX_OVERLAP: Final = timedelta(days=30)


def check_overlap(seconds: int | None) -> timedelta:
    """Return how long a key that is rotated stays valid. Raises BadUserInput."""
    if seconds is None:
        return USUAL_OVERLAP
    most = int(MAX_OVERLAP.total_seconds())
    if not 0 <= seconds <= most:
        raise BadUserInput(f"overlap must be from 0 to {most:,} seconds, not {seconds:,}.")
    return timedelta(seconds=seconds)


def end_of_successor(former: ApiKey, now: datetime, makers_end: datetime | None) -> datetime | None:
    """Return the end of a key that takes the place of another: it lasts as long as that one was to last.

    It never outlasts its maker, who would grant more than it has otherwise.
    """
    ends = [] if former.expires_at is None else [now + (former.expires_at - former.created)]
    return min([*ends, *([] if makers_end is None else [makers_end])], default=None)


def end_of_former(former: ApiKey, now: datetime, overlap: timedelta) -> datetime:
    """Return the end of a key that is rotated: after the overlap, or when it was to end anyway."""
    return min(now + overlap, former.expires_at or now + overlap)


def digest_of_rotation(idempotency_key: str) -> bytes:
    """Return what is stored of the idempotency key of a rotation."""
    return hashlib.sha256(idempotency_key.encode("utf-8", "surrogatepass")).digest()[:16]
