"""The conditions of a filter that chooses what is changed: each of them must be one.

A list takes a comparison with null for no condition, because clients send null for what their user left out.
In a change of many rows such a slip would change all of them, so it is refused.
"""

from collections.abc import Mapping
from typing import Any, Final

from domain.errors import BadUserInput
from operations.reads.arguments import Where

_PARTS: Final = ("_and", "_or")
# Operators that every row passes if their operand is empty, and those that none passes.
_TRUE_IF_EMPTY: Final = ("_nin", "_contains", "_has_keys_all")
_FALSE_IF_EMPTY: Final = ("_in", "_has_keys_any")
# Operators that every text passes if their pattern is of `%` alone, and those that none passes.
_TRUE_OF_ANYTHING: Final = ("_like", "_ilike")
_FALSE_OF_ANYTHING: Final = ("_nlike", "_nilike")


def check_conditions(where: Where) -> None:
    """Raise BadUserInput if a part of a filter is no condition, because it is null or empty.

    What no row passes is a condition, unless it is negated. The filter has been checked as an argument of a
    list before, so that its size is bounded.
    """
    left: list[tuple[str, Any, bool]] = [("where", where, False)]
    while left:
        place, part, negated = left.pop()
        if not part:
            raise _no_condition(place, "is null" if part is None else "is empty")
        for name, value in part.items():
            below = f"{place}.{name}"
            if name in _PARTS and value:
                left += [(below, option, negated) for option in value]
            elif name == "_or" and value is not None and not negated:
                continue  # no alternative: no row
            elif name.startswith("_") and name not in (*_PARTS, "_not"):
                _check_operand(below, name, value, negated=negated)
            else:
                left.append((below, value, negated != (name == "_not")))


def _check_operand(place: str, operator: str, operand: Any, *, negated: bool) -> None:
    if operand is None:
        raise _no_condition(place, "is null")
    if operator in (_FALSE_IF_EMPTY if negated else _TRUE_IF_EMPTY) and isinstance(operand, Mapping | list):
        if not operand:
            raise _no_condition(place, "is empty")
    elif operator in (_FALSE_OF_ANYTHING if negated else _TRUE_OF_ANYTHING) and _is_anything(operand):
        raise _no_condition(place, "matches every text")


def _is_anything(pattern: Any) -> bool:
    """Return True for a pattern such as the `%%` that is left of an empty search."""
    return isinstance(pattern, str) and pattern != "" and not pattern.strip("%")


def _no_condition(place: str, fault: str) -> BadUserInput:
    return BadUserInput(
        f"{place} {fault}, so it is no condition. A change of many runs is refused if a condition may have "
        "been left out by mistake: give it a value, or leave it out. For all runs, give `all: true` alone.",
        {"field": "where"},
    )
