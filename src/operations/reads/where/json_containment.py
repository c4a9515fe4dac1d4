"""PostgreSQL's operators on JSON values.

A comparison draws one unit for each value that it looks at, because a short operand can be compared with each
of many stored values, and each of many operands with each of these.
"""

from typing import Any, Final

from domain.work import Work

# Units for the look-up of a key in an object, and for the comparison of a text with an item of an array.
_KEY: Final = 0.1
_ITEM: Final = 0.05


class JsonComparisons:
    """The comparisons of one operator, which draw on the budget of the request."""

    def __init__(self, operator: str, work: Work) -> None:
        self._operator, self._work = operator, work

    def contains(self, value: Any, part: Any) -> bool:
        """Return True if one JSON value contains another: PostgreSQL's `@>`.

        An array also contains each of its items, but only at the top of both values, not deeper in them.
        """
        if isinstance(value, list) and not isinstance(part, dict | list):
            return any(self.equal(item, part) for item in value)
        return self._contains(value, part)

    def _contains(self, value: Any, part: Any) -> bool:
        if isinstance(part, dict):
            self._work.draw(1, self._operator)
            return isinstance(value, dict) and all(
                key in value and self._contains(value[key], part[key]) for key in part
            )
        if isinstance(part, list):
            self._work.draw(1, self._operator)
            return isinstance(value, list) and all(
                any(self._contains(item, wanted) for item in value) for wanted in part
            )
        return self.equal(value, part)

    def equal(self, one: Any, other: Any) -> bool:
        """Return True if two JSON values are the same; in JSON `true` is not 1, as it is in Python."""
        if isinstance(one, dict) and isinstance(other, dict):
            self._work.draw(1 + min(len(one), len(other)) * _KEY, self._operator)
            return one.keys() == other.keys() and all(self.equal(one[key], other[key]) for key in one)
        self._work.draw(1, self._operator)
        if isinstance(one, list) and isinstance(other, list):
            return len(one) == len(other) and all(map(self.equal, one, other))
        return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)

    def has_key(self, value: Any, key: str) -> bool:
        """Return True for a key of an object, or a text among the items of an array: PostgreSQL's `?`."""
        self._work.draw(1 + (len(value) * _ITEM if isinstance(value, list) else 0), self._operator)
        return isinstance(value, dict | list) and key in value
