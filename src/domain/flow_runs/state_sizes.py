"""States that are too large to be stored: a state that ends its run is shortened to its outcome.

A process that ends a run cannot shorten its last state itself. If the state were refused, the run would stay
Running, and would be executed again.
"""

import zlib
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

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


class _Sized(NamedTuple):
    """The bytes of a value as JSON, with those of its parts if it is an object that is looked into."""

    size: int
    parts: "dict[str, _Sized] | None"


def fits(text: str) -> bool:
    """Return True if the state of a JSON text can be stored whole."""
    try:
        whole = check_kept(text, "The state", KEPT_VALUE)
    except PayloadTooLarge:
        return False
    return len(whole) <= MAX_COMPRESSED or len(zlib.compress(whole)) <= MAX_COMPRESSED


def shortened(data: JsonObject, text: str) -> JsonObject:
    """Return a state that is too large without its large values: its type, its message and small parts stay.

    `text` is its JSON text. The message names the values that were left out, with their sizes. A result is
    replaced by a text that no release of Core reads as a result, so that a task that needs the result fails
    instead of using another.
    """
    whole = len(text.encode("utf-8", "surrogatepass"))
    sized = _parts(data, whole, _LEVELS)
    sizes = {name: part.size for name, part in sized.items()}
    parts = {name: _small(data[name], part) for name, part in sized.items() if name != "message"}
    if not fits(json_text(parts)) or len(parts) > _MOST_PARTS:
        parts = {name: data[name] for name, size in sizes.items() if json_size(name) + size <= _KEPT_PART}
        parts = dict(list(parts.items())[:_MOST_PARTS]) | {"type": data["type"]}
    if data["type"] == "Cached":
        parts["cached_result_expiration"] = _LONG_AGO
    return parts | {"message": _message(data, parts, sizes, whole)}


def _sized(value: Any, size: int | None, levels: int) -> _Sized:
    """Return the size of a value, which may be known, and of its parts.

    An object of few keys is looked into, down to so many levels. Each value is written once at most, because
    that takes as long as the value is.
    """
    if not (levels and isinstance(value, dict) and 0 < len(value) <= _MOST_PARTS):
        return _Sized(json_size(value) if size is None else size, None)
    if json_size([*value]) > _KEPT_VALUE:
        return _Sized(json_size(value) if size is None else size, None)
    parts = _parts(value, size, levels - 1)
    return _Sized(_together(parts) if size is None else size, parts)


def _parts(value: JsonObject, size: int | None, levels: int) -> dict[str, _Sized]:
    """Return the sizes of the parts of an object. If its own is known, one part need not be written."""
    rest = None if size is None else max(value, key=lambda name: _rough(value[name], levels))
    parts = {name: _sized(inner, None, levels) for name, inner in value.items() if name != rest}
    if size is not None and rest is not None:
        known = size - _together({**parts, rest: _Sized(0, None)})
        parts[rest] = _sized(value[rest], known, levels)
    return {name: parts[name] for name in value}


def _together(parts: Mapping[str, _Sized]) -> int:
    """Return the bytes of an object, which has brackets, a colon in each part, and commas between them."""
    return sum(json_size(name) + part.size + 2 for name, part in parts.items()) + 1


def _rough(value: Any, levels: int) -> int:
    """Return a number by which the largest of some values is guessed."""
    if levels and isinstance(value, dict) and len(value) <= _MOST_PARTS:
        return sum(_rough(inner, levels - 1) for inner in value.values())
    return len(value) if isinstance(value, str | list | dict) else 0


def _small(value: Any, sized: _Sized) -> Any:
    """Return a value of this size with notes in place of large values."""
    if sized.size <= _KEPT_VALUE:
        return value
    if sized.parts is not None:
        return {name: _small(value[name], part) for name, part in sized.parts.items()}
    return left_out(sized.size)


def _message(data: JsonObject, parts: JsonObject, sizes: Mapping[str, int], size: int) -> str:
    gone = [
        f"{name[:100]} ({sizes[name]:,} bytes)"
        for name, value in data.items()
        if name not in ("type", "message") and parts.get(name) != value
    ]
    more = f" and {len(gone) - _MOST_PARTS} more" if len(gone) > _MOST_PARTS else ""
    what = ", ".join(gone[:_MOST_PARTS]) + more or "the end of its message"
    note = f"[This state had {size:,} bytes, more than can be kept. Left out: {what}.]"
    message = cut(data.get("message") or "", MAX_SHORT_MESSAGE)
    return f"{message} {note}" if message else note
