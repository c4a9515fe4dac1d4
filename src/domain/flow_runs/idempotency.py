"""Idempotency keys: how long a key is remembered, and the inputs that a repeat must not change.

A key holds for 24 hours from its last use. A repeat that gives other parameters or another context is an
error. Source: Prefect Cloud's page on flow runs.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from domain.errors import BadUserInput, IdempotencyKeyReused
from domain.json_types import JsonObject

CLIENT_KEY_LIFETIME: Final = timedelta(hours=24)
MAX_KEY_LENGTH: Final = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Digests of the inputs that a repeat must not change; None for an input that a request did not give.

    `older` are the digests of release 0.1.0, for which 1 and 1.0 are different numbers. They are compared as
    long as keys of that release last.
    """

    parameters: bytes | None
    context: bytes | None
    older: "Inputs | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyKey:
    """A key in its scope, with the digests that a request gives.

    scope      the flow's id or the schedule's name: equal texts in two scopes are two keys
    text       the key itself, at most MAX_KEY_LENGTH characters
    inputs     the digests of the run that is created if the key is new: neither is None
    given      the digests of this request, which have to match those of the first one
    expires    the instant from which a new run may be created for the key
    slides     True if each use moves that instant
    """

    scope: str
    text: str
    inputs: Inputs
    given: Inputs
    expires: datetime
    slides: bool


def check_key(text: str) -> str:
    """Return the key. Raises BadUserInput if it is empty or has more than MAX_KEY_LENGTH characters."""
    if not 1 <= len(text) <= MAX_KEY_LENGTH:
        raise BadUserInput(f"idempotency_key must have 1 to {MAX_KEY_LENGTH} characters, not {len(text)}.")
    return text


def check_repeat(given: Inputs, original: Inputs, flow_run_id: str) -> None:
    """Raise IdempotencyKeyReused if a repeat gives other inputs than the run was created with."""
    if given.older is not None and not _changed(given.older, original):
        return
    changed = _changed(given, original)
    if changed:
        raise IdempotencyKeyReused(
            f"This idempotency key made flow run {flow_run_id} with other {' and '.join(changed)}. "
            "Repeat the request as it was, or use a new key for a new run.",
            {"flow_run_id": flow_run_id},
        )


def _changed(given: Inputs, original: Inputs) -> list[str]:
    pairs = (
        ("parameters", given.parameters, original.parameters),
        ("context", given.context, original.context),
    )
    return [name for name, now, then in pairs if now is not None and now != then]


def digest(value: JsonObject) -> bytes:
    """Return 16 bytes that are equal for equal objects, whatever their order of keys and spelling of numbers.

    1, 1.0 and 1e0 are one number; 0 and -0.0 are one number.
    """
    return older_digest(_with_plain_numbers(value))


def older_digest(value: JsonObject) -> bytes:
    """Return the digest as release 0.1.0 made it: 1 and 1.0 are different numbers."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]


def _with_plain_numbers(value: Any) -> Any:
    """Return the value with each whole number as an integer, by the shortest spelling of the number.

    So 1e23 becomes a one and 23 zeros, although the nearest float is a different number.
    """
    if isinstance(value, dict):
        return {name: _with_plain_numbers(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_plain_numbers(inner) for inner in value]
    return int(Decimal(repr(value))) if isinstance(value, float) and value.is_integer() else value
