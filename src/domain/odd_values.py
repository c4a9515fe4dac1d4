"""Odd values: values that come in JSON text, and that cannot be stored (surrogates, NaN, too large numbers).

Python makes lone surrogates out of a file name that is not UTF-8. Values that only people read are mended,
because their sender cannot mend them. Values that decide something are refused.
"""

import json
import math
import re
from typing import Any, Final, Self

from domain.errors import BadUserInput

REPLACEMENT: Final = "\ufffd"
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
# Made once, because `json.dumps` makes an encoder for each call with options. `default` skips instants, which
# can be stored.
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=str)
_NAME_IN_PATH: Final = 40
_NUMBER_IN_MESSAGE: Final = 40
_HALF_FAULT: Final = "half a character (a lone surrogate) cannot be kept; send what UTF-8 can spell"


class UnkeptNumber(float):
    """A number that Python cannot hold. `text` is the number as it was written.

    It is infinite in the place of a number that is too large, and NaN in the place of one that is too near to
    0, so that nothing takes it for a number that can be stored.
    """

    __slots__ = ("text",)

    text: str

    def __new__(cls, text: str) -> Self:
        """Return the stand-in for the number with this text."""
        value = float(text)
        number = super().__new__(cls, value if math.isinf(value) else math.nan)
        number.text = text
        return number

    def __repr__(self) -> str:
        """Return the beginning of the text."""
        if len(self.text) <= _NUMBER_IN_MESSAGE:
            return self.text
        return f"{self.text[:_NUMBER_IN_MESSAGE]}… ({len(self.text):,} characters)"

    @property
    def fault(self) -> str:
        """Why the number cannot be kept."""
        return "too near to 0" if math.isnan(self) else "too large"


def is_plain(value: Any) -> bool:
    """Return True if a value can be stored, and returned as JSON, without a change."""
    try:
        # A text needs no JSON, which would be twice as long.
        (value if isinstance(value, str) else _ENCODER.encode(value)).encode()
    except (ValueError, RecursionError):
        return False
    return True


def is_surely_plain(text: str) -> bool:
    """Return True for a JSON text, or any other, whose value `is_plain` for certain.

    It is quicker than `is_plain` of the value, which writes each of its parts. False tells nothing.
    """
    if "\\ud" in text or "\\uD" in text or "NaN" in text or "Infinity" in text:
        return False
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def mended(value: Any) -> Any:
    """Return the value in a form that can be stored, for people to read.

    Surrogates become U+FFFD, in keys too. NaN, Infinity and -Infinity become their names.
    """
    return value if is_plain(value) else _mended(value)


def check_plain(value: Any, name: str) -> None:
    """Raise BadUserInput if a value cannot be stored. The message tells the place below the input `name`."""
    if is_plain(value):
        return
    if found := _first_fault(value):
        raise BadUserInput(f"{name}{found[0]}: {found[1]}.")


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub(REPLACEMENT, value)
    if isinstance(value, float) and not math.isfinite(value):
        return number_name(value)
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {_mended(name): _mended(item) for name, item in value.items()}
    return value


def _first_fault(value: Any) -> tuple[str, str] | None:
    """Return the first part of a value that cannot be stored: its place below the value, and the reason.

    The place is made on the way back, because a place for each part would take more than the value itself.
    """
    if isinstance(value, str):
        return None if value.isascii() or not _SURROGATE.search(value) else ("", _HALF_FAULT)
    if isinstance(value, float):
        return None if math.isfinite(value) else ("", _number_fault(value))
    if isinstance(value, list):
        for number, item in enumerate(value):
            if found := _first_fault(item):
                return f"[{number}]{found[0]}", found[1]
    elif isinstance(value, dict):
        for name, item in value.items():
            if found := _first_fault(name):
                return f"{_below(name)} (the key)", found[1]
            if found := _first_fault(item):
                return _below(name) + found[0], found[1]
    return None


def _below(name: Any) -> str:
    return f".{_SURROGATE.sub(REPLACEMENT, str(name)[:_NAME_IN_PATH])}"


def _number_fault(number: float) -> str:
    if isinstance(number, UnkeptNumber):
        return f"{number!r} is not a JSON number that can be kept, because it is {number.fault}"
    return f"{number_name(number)} is not a JSON number"


def number_name(number: float) -> str:
    """Return the text of a number that cannot be stored, for people to read."""
    if isinstance(number, UnkeptNumber):
        return number.text
    if math.isnan(number):
        return "NaN"
    return "Infinity" if number > 0 else "-Infinity"
