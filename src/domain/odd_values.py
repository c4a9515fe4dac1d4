"""Values that Python reads from JSON text and that cannot be kept: half characters, numbers that are none.

A half character (a lone surrogate) is what Python makes of a file name that is not UTF-8. What people only
read is mended, since whoever sends it cannot mend it; what decides is refused.
"""

import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final

from domain.errors import BadUserInput

REPLACEMENT: Final = "\ufffd"
_HALF: Final = re.compile("[\ud800-\udfff]")
# Made once: `json.dumps` makes one for each call that has options. Instants are plain, and only looked past.
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=str)
_NAME_IN_PATH: Final = 40


def is_plain(value: Any) -> bool:
    """Whether a value can be kept, and given back as JSON, as it is."""
    if isinstance(value, str) and value.isascii():
        return True
    try:
        _ENCODER.encode(value).encode()
    except (ValueError, RecursionError):
        return False
    return True


def mended(value: Any) -> Any:
    """The same value for people to read.

    Half characters become U+FFFD, in keys too, and numbers that are none the texts NaN, Infinity and
    -Infinity.
    """
    return value if is_plain(value) else _mended(value)


def check_plain(value: Any, name: str) -> None:
    """Raise BadUserInput that says where in the input `name` something cannot be kept."""
    if is_plain(value):
        return
    for place, fault in _faults(value, name):
        raise BadUserInput(f"{place}: {fault}.")


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return _HALF.sub(REPLACEMENT, value)
    if isinstance(value, float) and not math.isfinite(value):
        return _number_name(value)
    if isinstance(value, list):
        return [_mended(each) for each in value]
    if isinstance(value, dict):
        return {_mended(name): _mended(each) for name, each in value.items()}
    return value


def _faults(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and _HALF.search(value):
        yield place, "half a character (a lone surrogate) cannot be kept; send what UTF-8 can spell"
    elif isinstance(value, float) and not math.isfinite(value):
        yield place, f"{_number_name(value)} is not a JSON number"
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _faults(each, f"{place}[{number}]")
    elif isinstance(value, dict):
        for name, each in value.items():
            below = f"{place}.{_HALF.sub(REPLACEMENT, str(name)[:_NAME_IN_PATH])}"
            yield from _faults(name, f"{below} (the key)")
            yield from _faults(each, below)


def _number_name(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    return "Infinity" if number > 0 else "-Infinity"
