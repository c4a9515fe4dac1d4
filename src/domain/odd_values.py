"""Odd values: values that Python reads from JSON text, and that cannot be stored (surrogates, NaN, Infinity).

Python makes lone surrogates out of a file name that is not UTF-8. Values that only people read are mended,
because their sender cannot mend them. Values that decide something are refused.
"""

import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final

from domain.errors import BadUserInput

REPLACEMENT: Final = "\ufffd"
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
# Made once, because `json.dumps` makes an encoder for each call with options. `default` skips instants, which
# can be stored.
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=str)
_NAME_IN_PATH: Final = 40


def is_plain(value: Any) -> bool:
    """Return True if a value can be stored, and returned as JSON, without a change."""
    if isinstance(value, str) and value.isascii():
        return True
    try:
        _ENCODER.encode(value).encode()
    except (ValueError, RecursionError):
        return False
    return True


def mended(value: Any) -> Any:
    """Return the value in a form that can be stored, for people to read.

    Surrogates become U+FFFD, in keys too. NaN, Infinity and -Infinity become their names.
    """
    return value if is_plain(value) else _mended(value)


def check_plain(value: Any, name: str) -> None:
    """Raise BadUserInput if a value cannot be stored. The message tells the place below the input `name`."""
    if is_plain(value):
        return
    for place, fault in _faults(value, name):
        raise BadUserInput(f"{place}: {fault}.")


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub(REPLACEMENT, value)
    if isinstance(value, float) and not math.isfinite(value):
        return _number_name(value)
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {_mended(name): _mended(item) for name, item in value.items()}
    return value


def _faults(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and _SURROGATE.search(value):
        yield place, "half a character (a lone surrogate) cannot be kept; send what UTF-8 can spell"
    elif isinstance(value, float) and not math.isfinite(value):
        yield place, f"{_number_name(value)} is not a JSON number"
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _faults(item, f"{place}[{number}]")
    elif isinstance(value, dict):
        for name, item in value.items():
            below = f"{place}.{_SURROGATE.sub(REPLACEMENT, str(name)[:_NAME_IN_PATH])}"
            yield from _faults(name, f"{below} (the key)")
            yield from _faults(item, below)


def _number_name(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    return "Infinity" if number > 0 else "-Infinity"
