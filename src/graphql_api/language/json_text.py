"""JSON text from clients, read only if Python can write it again."""

import json
import re
import sys
from typing import Any

from domain.errors import BadUserInput
from domain.odd_values import check_plain

MAX_NESTING = 200
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[{]|[\]}]', re.DOTALL)


def loads(text: str, name: str = "it") -> Any:
    """Return the JSON value of a text, if all of it can be kept. `name` is the value's name in the message.

    Raises ValueError with a readable message for a value that `loads_as_it_is` refuses, for NaN and infinite
    numbers, which JSON does not have, and for half characters (lone surrogates), which UTF-8 cannot encode.
    """
    value = loads_as_it_is(text)
    try:
        check_plain(value, name)
    except BadUserInput as error:
        raise ValueError(error.message.rstrip(".")) from error
    return value


def loads_as_it_is(text: str) -> Any:
    """Return the JSON value of a text. It may hold half characters, NaN and infinite numbers.

    Raises ValueError with a readable message for other text, and for a value of more than MAX_NESTING levels:
    Python can read such a value, but cannot write it inside a larger response.
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
    """Return an integer, or infinity for an integer that Python would not write again."""
    return int(digits) if len(digits) <= sys.int_info.default_max_str_digits else float(digits)
