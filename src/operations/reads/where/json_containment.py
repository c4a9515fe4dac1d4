"""PostgreSQL's operators on JSON values."""

from typing import Any


def contains(value: Any, part: Any) -> bool:
    """Whether every part of one JSON value is in the other.

    An array also contains its single elements, but only where the two values begin, not deeper in them.
    """
    if isinstance(value, list) and not isinstance(part, dict | list):
        return any(equal(each, part) for each in value)
    return _contains(value, part)


def _contains(value: Any, part: Any) -> bool:
    if isinstance(part, dict):
        return isinstance(value, dict) and all(k in value and _contains(value[k], part[k]) for k in part)
    if isinstance(part, list):
        return isinstance(value, list) and all(any(_contains(v, p) for v in value) for p in part)
    return equal(value, part)


def equal(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same. In Python alone, `True` is 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)


def has_key(value: Any, key: str) -> bool:
    """PostgreSQL's `?`: a key of an object, or a text among the elements of an array."""
    return isinstance(value, dict | list) and key in value
