"""PostgreSQL's operators on JSON values."""

from typing import Any


def contains(value: Any, part: Any) -> bool:
    """Return True if one JSON value contains another: PostgreSQL's `@>`.

    An array also contains each of its items, but only at the top of both values, not deeper in them.
    """
    if isinstance(value, list) and not isinstance(part, dict | list):
        return any(equal(item, part) for item in value)
    return _contains(value, part)


def _contains(value: Any, part: Any) -> bool:
    if isinstance(part, dict):
        return isinstance(value, dict) and all(
            key in value and _contains(value[key], part[key]) for key in part
        )
    if isinstance(part, list):
        return isinstance(value, list) and all(
            any(_contains(item, wanted) for item in value) for wanted in part
        )
    return equal(value, part)


def equal(one: Any, other: Any) -> bool:
    """Return True if two JSON values are the same; in JSON `true` is not 1, as it is in Python."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)


def has_key(value: Any, key: str) -> bool:
    """Return True for a key of an object, or a text among the items of an array: PostgreSQL's `?`."""
    return isinstance(value, dict | list) and key in value
