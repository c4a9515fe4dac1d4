"""The weight of JSON values: the bytes that they take in Python, told from their text."""

import re
from typing import Final

# What Python adds: for each value and each key, and for each list and each object. Measured, and rounded up.
_FOR_VALUE: Final = 56
_FOR_CONTAINER: Final = 128
# What it adds for half a text, from one quotation mark to the next, that has other characters than ASCII.
_FOR_MARK: Final = 20
_NO_SIGNS: Final = bytes(set(range(256)) - {*b",:[{"})
_NO_MARKS: Final = bytes(set(range(256)) - {*b'",:[{'})
# Escapes of characters that take two bytes each in Python, and four. One makes its whole text so wide.
_OF_TWO_BYTES: Final = re.compile(r"\\u(?!00)[0-9a-fA-F]{4}")
_OF_FOUR_BYTES: Final = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}")
# Texts above this length are weighed without their strings, in portions of this length.
_LONG: Final = 50_000
_PORTION: Final = 262_144


def weigh(text: str) -> int:
    """Return about the bytes that a JSON text and its value take together.

    While many keys are read, they take up to a third more. Commas, colons and brackets in the strings of a
    short text count as if they stood for values.
    """
    raw = text.encode("ascii", "replace")  # no other character is a sign
    weight = _signs(raw) if len(raw) <= _LONG else _signs_outside_strings(raw)
    size = text.__sizeof__()
    if text.isascii() and "\\u" not in text:
        return weight + 2 * size
    return weight + _FOR_MARK * raw.count(b'"') + size + unescaped_size(text)


def unescaped_size(text: str) -> int:
    """Return the bytes that a JSON text takes once its escapes are read, and as wide as its widest one."""
    return max(text.__sizeof__(), _width(text) * len(text) if "\\u" in text else 0)


def _width(text: str) -> int:
    """Return how many bytes each character of the widest string may take once its escapes are read."""
    if _OF_FOUR_BYTES.search(text):
        return 4
    return 2 if _OF_TWO_BYTES.search(text) else 1


def _signs(raw: bytes) -> int:
    # Twice as quick as to count each sign.
    signs = raw.translate(None, _NO_SIGNS)
    values = len(signs.translate(None, b"[{"))
    return _FOR_VALUE * values + _FOR_CONTAINER * (len(signs) - values)


def _signs_outside_strings(raw: bytes) -> int:
    """Return what the signs outside of strings weigh, in time proportional to the length of any text.

    Without its escapes, a JSON text has a quotation mark only where a string begins or ends.
    """
    if b"\\" in raw:
        raw = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    plain = raw.translate(None, _NO_MARKS)
    weight = in_string = 0
    for start in range(0, len(plain), _PORTION):
        parts = plain[start : start + _PORTION].split(b'"')
        weight += _signs(b"".join(parts[in_string::2]))
        in_string = (in_string + len(parts) - 1) % 2
    return weight
