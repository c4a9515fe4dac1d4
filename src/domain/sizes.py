"""Sizes of values in bytes, and the checks that refuse a value above its bound."""

import json
import zlib
from typing import Any, Final, NamedTuple, TypeVar

from domain.errors import PayloadTooLarge
from domain.weights import weigh

Value = TypeVar("Value")

# The window size with which zlib reads gzip alone.
GZIP_WINDOW: Final = zlib.MAX_WBITS | 16
# Made once, because `json.dumps` makes an encoder for each call that has options.
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Bound:
    """The most bytes of a value as JSON in UTF-8, and the most that it may take in memory when it is read."""

    __slots__ = ("bytes", "memory")

    def __init__(self, *, bytes: int, memory: int) -> None:  # noqa: A002  (the name in messages)
        self.bytes, self.memory = bytes, memory


# A value of a run: its inputs, a state, an artifact's data, an entry's info.
KEPT_VALUE: Final = Bound(bytes=1_000_000, memory=10_000_000)
# The outline of a flow (what runs and lists need of it), and each JSON value of its group.
KEPT_OUTLINE: Final = Bound(bytes=1_000_000, memory=4_000_000)
KEPT_OF_GROUP: Final = Bound(bytes=100_000, memory=2_000_000)
# A serialized flow: some 10,000 tasks with edges as clients send them, or 65,000 small ones.
KEPT_FLOW: Final = Bound(bytes=20_000_000, memory=60_000_000)


class Written(NamedTuple):
    """A JSON value, and its text if that is known, so that a large one is not written again."""

    value: object
    text: str | None


def json_text(value: Any) -> str:
    """Return a value as JSON without blanks."""
    return _ENCODER.encode(value)


def json_bytes(value: Any) -> bytes:
    """Return a value as JSON in UTF-8 without blanks; halves of characters are kept."""
    return json_text(value).encode("utf-8", "surrogatepass")


def json_size(value: Any) -> int:
    """Return the number of bytes that a value has as JSON."""
    return len(json_bytes(value))


def check_json_size(value: Value, what: str, most: int) -> Value:
    """Return the value. Raises PayloadTooLarge if it has more than `most` bytes as JSON.

    The message names `what` is too large. It never quotes the value, because the value may be a secret.
    """
    _check(json_size(value), what, most, "bytes of JSON")
    return value


def check_json_text(text: str, what: str, most: int) -> str:
    """Return the JSON text of a value. Raises PayloadTooLarge as `check_json_size` does."""
    _check(len(text.encode("utf-8", "surrogatepass")), what, most, "bytes of JSON")
    return text


def check_kept(text: str, what: str, bound: Bound, weight: int | None = None) -> bytes:
    """Return a JSON text in UTF-8. Raises PayloadTooLarge if it, or its value in memory, is too large.

    `weight` is what the text weighs, if that is known.
    """
    encoded = text.encode("utf-8", "surrogatepass")
    _check(len(encoded), what, bound.bytes, "bytes of JSON")
    check_weight(weigh(text) if weight is None else weight, what, bound)
    return encoded


def within(text: str, bound: Bound) -> bool:
    """Return True if a JSON text, and its value in memory, are not too large."""
    return len(text.encode("utf-8", "surrogatepass")) <= bound.bytes and weigh(text) <= bound.memory


def check_weight(weight: int, what: str, bound: Bound) -> None:
    """Raise PayloadTooLarge if a value that weighs so much would take too much memory."""
    if weight > bound.memory:
        raise PayloadTooLarge(
            f"{what} would take {weight:,} bytes of memory for its many values; at most {bound.memory:,} can "
            "be kept."
        )


def check_packed_size(packed: bytes, what: str, most: int, advice: str = "") -> bytes:
    """Return a compressed value. Raises PayloadTooLarge, with `advice` at the end of the message."""
    _check(len(packed), what, most, "bytes when compressed", advice)
    return packed


def _check(size: int, what: str, most: int, unit: str, advice: str = "") -> None:
    if size > most:
        message = f"{what} has {size:,} {unit}; at most {most:,} can be kept. {advice}"
        raise PayloadTooLarge(message.rstrip())
