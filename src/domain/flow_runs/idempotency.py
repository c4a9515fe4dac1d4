"""How long a key is remembered, and what must not change while it is.

Source: Prefect Cloud's page on flow runs. A key holds for 24 hours from its last use; a repeat that gives
other parameters or another context is an error.
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
    """What a repeat must not change, as digests; None for what a request did not give.

    `older` are the digests that release 0.1.0 made of the same: it took 1 and 1.0 for two numbers, and what
    it kept is compared for as long as its keys last.
    """

    parameters: bytes | None
    context: bytes | None
    older: "Inputs | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyKey:
    """One key in its scope, with what it stands for.

    scope      what makes equal texts different keys: the flow's id, or a schedule's name
    text       the key itself, at most MAX_KEY_LENGTH characters
    inputs     of the run that is made if the key is new: both are given
    given      of this request: what a repeat has to match
    expires    from when on a new run may be made for it
    slides     whether each use moves the end
    """

    scope: str
    text: str
    inputs: Inputs
    given: Inputs
    expires: datetime
    slides: bool


def check_key(text: str) -> str:
    """Answer the key as it came. Raises BadUserInput when it is empty or over MAX_KEY_LENGTH characters."""
    if not 1 <= len(text) <= MAX_KEY_LENGTH:
        raise BadUserInput(f"idempotency_key must have 1 to {MAX_KEY_LENGTH} characters, not {len(text)}.")
    return text


def check_repeat(given: Inputs, original: Inputs, flow_run_id: str) -> None:
    """Refuse a repeat that gives other inputs than the run was made with. Raises IdempotencyKeyReused."""
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
    """16 bytes that differ when the object does, whatever the order of its keys and the spelling of numbers.

    1, 1.0 and 1e0 are one number, 0 and -0.0 another.
    """
    return older_digest(_with_plain_numbers(value))


def older_digest(value: JsonObject) -> bytes:
    """The digest as release 0.1.0 made it: 1 and 1.0 are different."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]


def _with_plain_numbers(value: Any) -> Any:
    """The same value, each whole number in it the integer that its shortest spelling says.

    So 1e23 is a one and 23 zeros, though the nearest number that a float can be is another.
    """
    if isinstance(value, dict):
        return {name: _with_plain_numbers(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_plain_numbers(each) for each in value]
    return int(Decimal(repr(value))) if isinstance(value, float) and value.is_integer() else value
