"""JSON from outside, read as far as Python can write it again."""

import json
import re
import sys
from typing import Any

from domain.errors import BadUserInput
from domain.odd_values import check_plain

MAX_NESTING = 200
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[{]|[\]}]', re.DOTALL)


def loads(text: str, name: str = "it") -> Any:
    """Read one JSON value whose every part can be kept.

    Raises ValueError with a readable message: also for NaN and infinite numbers, which JSON does not have,
    for half characters (lone surrogates), which UTF-8 cannot carry, and for what `loads_as_it_is` refuses.
    `name` is the value's name, for the message.
    """
    value = loads_as_it_is(text)
    try:
        check_plain(value, name)
    except BadUserInput as error:
        raise ValueError(error.message.rstrip(".")) from error
    return value


def loads_as_it_is(text: str) -> Any:
    """Read one JSON value, in which half characters and numbers that are none may be.

    Raises ValueError with a readable message; for values nested more than MAX_NESTING levels deep, too, which
    Python could read here and then not write in a larger answer.
    """
    if text.count("[") + text.count("{") > MAX_NESTING and _nesting(text) > MAX_NESTING:
        raise ValueError(f"it is nested more than {MAX_NESTING} levels deep")
    return json.loads(text, parse_int=_whole)


def _nesting(text: str) -> int:
    depth = deepest = 0
    for match in _BRACKETS.finditer(text):
        bracket = match.group()
        if bracket in ("[", "{"):
            depth += 1
            deepest = max(deepest, depth)
        elif bracket in ("]", "}"):
            depth -= 1
    return deepest


def _whole(digits: str) -> int | float:
    """Read an integer; one that Python would not write again is infinite, as a fraction of its size is."""
    return int(digits) if len(digits) <= sys.int_info.default_max_str_digits else float(digits)
