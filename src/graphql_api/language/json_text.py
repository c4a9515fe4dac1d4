"""JSON text from clients, read only if Python can write it again."""

import json
import math
import sys
from array import array
from collections.abc import Callable
from functools import partial
from itertools import accumulate
from typing import Any, Final

from domain.errors import BadUserInput, PayloadTooLarge
from domain.memory import Memory
from domain.odd_values import UnkeptNumber, check_plain, is_surely_plain, mended
from domain.weights import weigh

MAX_NESTING = 200
# Python writes no longer whole numbers.
MAX_DIGITS: Final = sys.int_info.default_max_str_digits
_OPENING, _CLOSING = b"[{", b"]}"
# Quotation marks stay, a bracket becomes the level that it adds, and every other byte is left out.
_LEVELS: Final = bytes.maketrans(_OPENING + _CLOSING, b"\x01\x01\xff\xff")
_NO_MARKS: Final = bytes(set(range(256)) - {*b'"', *_OPENING, *_CLOSING})
# Marks that are looked at together; more at once would take more memory.
_PORTION: Final = 262_144
# The most memory that a text of a request may take: its body, a flow, and any other value.
MAX_MEMORY: Final = 80_000_000
# Digits and points become 0, so that the form of a number is seen. Made once, because `json.loads` makes a
# decoder for each call with options.
_NUMBERS: Final = bytes.maketrans(b"123456789.E", b"0000000000e")
_MANY_DIGITS: Final = b"0" * 200
_DECODER: Final = json.JSONDecoder()
# The most numbers of one text that cannot be kept. No client sends many of them, and each takes several times
# the memory and the time of another number.
MAX_UNKEPT: Final = 100


def loads(text: str, name: str = "it", memory: Memory | None = None) -> Any:
    """Return the JSON value of a text, if all of it can be kept. `name` is the value's name in the message.

    Raises ValueError with a readable message for a value that `loads_as_it_is` refuses, for NaN and infinite
    numbers, which JSON does not have, for numbers that Python cannot hold, and for half characters (lone
    surrogates), which UTF-8 cannot encode.
    """
    value, is_usual = _read(text, memory, name)
    try:
        if not (is_usual and is_surely_plain(text)):
            check_plain(value, name)
    except BadUserInput as error:
        raise ValueError(error.message.rstrip(".")) from error
    return value


def loads_mended(text: str, name: str, memory: Memory) -> Any:
    """Return the JSON value of a text in a form that can be stored, for people to read. Raises as `loads`."""
    value, is_usual = _read(text, memory, name)
    return value if is_usual and is_surely_plain(text) else mended(value)


def loads_as_it_is(text: str, memory: Memory | None = None, name: str = "A JSON text") -> Any:
    """Return the JSON value of a text. It may hold half characters, NaN, infinite and unkept numbers.

    Raises ValueError with a readable message for other text, and for a value of more than MAX_NESTING levels:
    Python can read such a value, but cannot write it inside a larger response. A value that would take too
    much memory is refused in the same way; if it is drawn on a memory, by PayloadTooLarge, which has the
    `name` of the value, or ApiError. So is
    a text with more than MAX_UNKEPT numbers that cannot be kept.
    """
    return _read(text, memory, name)[0]


def _read(text: str, memory: Memory | None, name: str) -> tuple[Any, bool]:
    """Return the value of a text, and True if all of its numbers can be kept for certain."""
    _check_weight(text, memory, name)
    if text.count("[") + text.count("{") > MAX_NESTING and _nesting(text) > MAX_NESTING:
        raise ValueError(f"it is nested more than {MAX_NESTING} levels deep")
    decoder = _decoder_of(text)
    return decoder.decode(text), decoder is _DECODER


def _decoder_of(text: str) -> json.JSONDecoder:
    """Return a decoder for a text. Most have common numbers alone, which Python reads eight times as fast."""
    if not _may_have_odd_numbers(text):
        return _DECODER
    unkept = _Unkept()
    return json.JSONDecoder(
        parse_int=partial(_whole_number, unkept), parse_float=partial(_real_number, unkept)
    )


def _may_have_odd_numbers(text: str) -> bool:
    """Return False if a text has no number that cannot be kept.

    Such a number has an exponent of three digits, or very many digits. So has many an id, so the strings are
    left out when there is one.
    """
    raw = text.encode("ascii", "replace")
    if not _has_odd_numbers(raw):
        return False
    if b"\\" in raw:
        raw = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    return _has_odd_numbers(b'"'.join(raw.split(b'"')[::2]))


def _has_odd_numbers(raw: bytes) -> bool:
    numbers = raw.translate(_NUMBERS, b"+-")
    return b"0e000" in numbers or _MANY_DIGITS in numbers


def _check_weight(text: str, memory: Memory | None, name: str) -> None:
    """Draw what the value of a text will take. Raises ValueError; with a memory PayloadTooLarge, ApiError."""
    weight = weigh(text)
    if weight > MAX_MEMORY:
        fault = (
            f"would take {weight:,} bytes of memory for its many values; at most {MAX_MEMORY:,} can be read"
        )
        if memory is None:
            raise ValueError(f"it {fault}")
        raise PayloadTooLarge(f"{name} {fault}. Send less at once.")
    if memory is not None:
        memory.keep(weight, name)


class _Unkept:
    """The stand-ins for the numbers of one text that cannot be kept, up to a bound."""

    __slots__ = ("_count",)

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, text: str) -> UnkeptNumber:
        """Return the stand-in for a number. Raises ValueError if the text has too many of them."""
        self._count += 1
        number = UnkeptNumber(text)
        if self._count > MAX_UNKEPT:
            raise ValueError(
                f"it has more than {MAX_UNKEPT} numbers that cannot be kept, such as {number!r}, which is "
                f"{number.fault}"
            )
        return number


def _nesting(text: str) -> int:
    """Return how many levels the value of a JSON text has, in a time proportional to the text's length.

    Without its escapes, a text has a quotation mark only where a string begins or ends. In a text that is no
    JSON, the levels before the first fault are right.
    """
    raw = text.encode("ascii", "replace")  # no other character is a bracket
    marks = raw.replace(b"\\\\", b"").replace(b'\\"', b"").translate(_LEVELS, _NO_MARKS)
    depth = deepest = in_string = 0
    for start in range(0, len(marks), _PORTION):
        parts = marks[start : start + _PORTION].split(b'"')
        levels = array("b", b"".join(parts[in_string::2]))
        highest = max(accumulate(levels, initial=depth))
        deepest = max(deepest, highest)
        depth += sum(levels)
        in_string = (in_string + len(parts) - 1) % 2
    return deepest


def _whole_number(stand_in: Callable[[str], UnkeptNumber], digits: str) -> int | float:
    return int(digits) if len(digits) <= MAX_DIGITS else stand_in(digits)


def _real_number(stand_in: Callable[[str], UnkeptNumber], text: str) -> float:
    number = float(text)
    if number and math.isfinite(number):
        return number
    mantissa = text.lower().partition("e")[0]
    return stand_in(text) if mantissa.strip("-0.") else number


def whole_number(digits: str) -> int | float:
    """Return an integer, or a stand-in in the place of an integer that Python would not write again."""
    return _whole_number(UnkeptNumber, digits)


def real_number(text: str) -> float:
    """Return the nearest number that Python can hold, or a stand-in if that is infinite or 0."""
    return _real_number(UnkeptNumber, text)
