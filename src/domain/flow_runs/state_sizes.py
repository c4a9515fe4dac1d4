"""States that are too large to be kept: of one that ends its run, what tells the outcome is.

Whoever ends a run cannot mend its last state: refused, the run would hang Running, and be executed again.
"""

import zlib
from typing import Any, Final

from domain.json_types import JsonObject
from domain.sizes import json_bytes, json_size
from domain.texts import cut, left_out

MAX_STATE_BYTES: Final = 1_000_000
# A little less than what storage has room for: it compresses better than this, though never by much.
MAX_COMPRESSED: Final = 379_000
MAX_SHORT_MESSAGE: Final = 10_000
# Of each part, larger values are left out; of a state that is too large even so, all but the smallest.
_KEPT_VALUE: Final = 2_000
_KEPT_BESIDE: Final = 100
_MANY: Final = 20
# A cached result that is not kept must not be taken for one: clients look whether it is still valid.
_LONG_AGO: Final = "1970-01-01T00:00:00+00:00"


def fits(data: JsonObject) -> bool:
    """Whether a state can be kept whole."""
    text = json_bytes(data)
    if len(text) <= MAX_COMPRESSED:
        return True
    return len(text) <= MAX_STATE_BYTES and len(zlib.compress(text)) <= MAX_COMPRESSED


def shortened(data: JsonObject) -> JsonObject:
    """A state that is too large as far as it is kept: its type, its message, and what is small.

    The message says what was left out, and how large it was. In place of a result stands a text that no
    release of Core reads as one, so that who needs the result fails, rather than goes on with another.
    """
    parts = _without_large(data, _KEPT_VALUE)
    if not fits(parts) or len(parts) > _MANY:
        parts = {name: value for name, value in data.items() if json_size([name, value]) <= _KEPT_BESIDE}
        parts = dict(list(parts.items())[:_MANY]) | {"type": data["type"]}
    if data["type"] == "Cached":
        parts["cached_result_expiration"] = _LONG_AGO
    return parts | {"message": _message(data, parts)}


def _without_large(data: JsonObject, most: int) -> JsonObject:
    return {name: _small(value, most) for name, value in data.items() if name != "message"}


def _small(value: Any, most: int) -> Any:
    """A value with notes for what is larger; objects of few keys stay objects, with their types."""
    size = json_size(value)
    if size <= most:
        return value
    if isinstance(value, dict) and len(value) <= _MANY and json_size([*value]) <= most:
        return {name: _small(each, most) for name, each in value.items()}
    return left_out(size)


def _message(data: JsonObject, parts: JsonObject) -> str:
    gone = [
        f"{name[:100]} ({json_size(value):,} bytes)"
        for name, value in data.items()
        if name not in ("type", "message") and parts.get(name) != value
    ]
    more = f" and {len(gone) - _MANY} more" if len(gone) > _MANY else ""
    what = ", ".join(gone[:_MANY]) + more or "the end of its message"
    note = f"[This state had {json_size(data):,} bytes, more than can be kept. Left out: {what}.]"
    message = cut(data.get("message") or "", MAX_SHORT_MESSAGE)
    return f"{message} {note}" if message else note
