"""Sizes of values in bytes, and the checks that refuse a value above its bound."""

import json
import zlib
from typing import Any, Final, TypeVar

from domain.errors import PayloadTooLarge

Value = TypeVar("Value")

# The window size with which zlib reads gzip alone.
GZIP_WINDOW: Final = zlib.MAX_WBITS | 16
# Made once, because `json.dumps` makes an encoder for each call that has options.
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


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


def check_packed_size(packed: bytes, what: str, most: int, advice: str = "") -> bytes:
    """Return a compressed value. Raises PayloadTooLarge, with `advice` at the end of the message."""
    _check(len(packed), what, most, "bytes when compressed", advice)
    return packed


def _check(size: int, what: str, most: int, unit: str, advice: str = "") -> None:
    if size > most:
        message = f"{what} has {size:,} {unit}; at most {most:,} can be kept. {advice}"
        raise PayloadTooLarge(message.rstrip())
