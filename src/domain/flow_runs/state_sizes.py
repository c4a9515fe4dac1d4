"""States that are too large to be stored: a state that ends its run is shortened to its outcome.

A process that ends a run cannot shorten its last state itself. If the state were refused, the run would stay
Running, and would be executed again.
"""

import zlib
from collections.abc import Mapping
from typing import Any, Final

from domain.errors import PayloadTooLarge
from domain.json_types import JsonObject
from domain.sizes import KEPT_VALUE, check_kept, json_size, json_text
from domain.texts import cut, left_out

MAX_STATE_BYTES: Final = KEPT_VALUE.bytes
# A little less than an item has room for, because storage compresses a little better than `zlib.compress`.
MAX_COMPRESSED: Final = 379_000
MAX_SHORT_MESSAGE: Final = 10_000
# Values above this size are left out of a state that is too large.
_KEPT_VALUE: Final = 2_000
# Parts above this size are left out of a state that is too large even without those values.
_KEPT_PART: Final = 100
_MOST_PARTS: Final = 20
# In values that are nested more deeply, no part is kept beside one that is too large.
_LEVELS: Final = 5
# A cached result that was left out must not be used: clients check its expiration.
_LONG_AGO: Final = "1970-01-01T00:00:00+00:00"


def fits(data: JsonObject) -> bool:
    """Return True if a state can be stored whole."""
    try:
        text = check_kept(json_text(data), "The state", KEPT_VALUE)
    except PayloadTooLarge:
        return False
    return len(text) <= MAX_COMPRESSED or len(zlib.compress(text)) <= MAX_COMPRESSED


def shortened(data: JsonObject) -> JsonObject:
    """Return a state that is too large without its large values: its type, its message and small parts stay.

    The message names the values that were left out, with their sizes. A result is replaced by a text that no
    release of Core reads as a result, so that a task that needs the result fails instead of using another.
    """
    sizes = {
        name: json_size(value) for name, value in data.items()
    }  # once, because it takes as long as it is
    parts = {name: _small(value, sizes[name]) for name, value in data.items() if name != "message"}
    if not fits(parts) or len(parts) > _MOST_PARTS:
        parts = {name: data[name] for name, size in sizes.items() if json_size(name) + size <= _KEPT_PART}
        parts = dict(list(parts.items())[:_MOST_PARTS]) | {"type": data["type"]}
    if data["type"] == "Cached":
        parts["cached_result_expiration"] = _LONG_AGO
    return parts | {"message": _message(data, parts, sizes)}


def _small(value: Any, size: int, levels: int = _LEVELS) -> Any:
    """Return a value of this size with notes in place of large values.

    An object of few keys stays an object, down to so many levels, because each takes as long as the value is.
    """
    if size <= _KEPT_VALUE:
        return value
    is_small_object = isinstance(value, dict) and len(value) <= _MOST_PARTS
    if levels and is_small_object and json_size([*value]) <= _KEPT_VALUE:
        return {name: _small(inner, json_size(inner), levels - 1) for name, inner in value.items()}
    return left_out(size)


def _message(data: JsonObject, parts: JsonObject, sizes: Mapping[str, int]) -> str:
    gone = [
        f"{name[:100]} ({sizes[name]:,} bytes)"
        for name, value in data.items()
        if name not in ("type", "message") and parts.get(name) != value
    ]
    more = f" and {len(gone) - _MOST_PARTS} more" if len(gone) > _MOST_PARTS else ""
    what = ", ".join(gone[:_MOST_PARTS]) + more or "the end of its message"
    # An object has its brackets, a colon in each part, and commas between them.
    size = sum(json_size(name) + part + 2 for name, part in sizes.items()) + 1
    note = f"[This state had {size:,} bytes, more than can be kept. Left out: {what}.]"
    message = cut(data.get("message") or "", MAX_SHORT_MESSAGE)
    return f"{message} {note}" if message else note
