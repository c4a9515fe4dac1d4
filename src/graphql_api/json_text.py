"""JSON from outside: read strictly, so that what is accepted can also be stored and sent back."""

import json
import math
import re
from typing import Any

MAX_NESTING = 200
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[{]|[\]}]', re.DOTALL)
# Half of a surrogate pair can only enter through an escape: raw UTF-8 cannot spell one.
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


def loads(text: str) -> Any:
    """Read one JSON value.

    Raises ValueError with a readable message: also for NaN and infinite numbers, which JSON does not
    have, for half characters (lone surrogates), which UTF-8 cannot carry, and for values nested more
    than MAX_NESTING levels deep, which Python could read here and then not write in a larger answer.
    """
    if text.count("[") + text.count("{") > MAX_NESTING and _nesting(text) > MAX_NESTING:
        raise ValueError(f"it is nested more than {MAX_NESTING} levels deep")
    value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    if _SURROGATE_ESCAPE.search(text):
        _refuse_lone_surrogates(value)
    return value


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


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{digits[:40]} is larger than a JSON number can be here")
    return number


def _refuse_lone_surrogates(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ValueError("a \\u escape stands for half a character (a lone surrogate)") from error
