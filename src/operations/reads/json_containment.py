"""PostgreSQL's `@>` on JSON values."""

from typing import Any


def contains(value: Any, part: Any) -> bool:
    """Whether every part of one JSON value is in the other; an array also contains its single elements."""
    if isinstance(part, dict):
        return isinstance(value, dict) and all(k in value and contains(value[k], part[k]) for k in part)
    if isinstance(part, list):
        return isinstance(value, list) and all(any(contains(v, p) for v in value) for p in part)
    if isinstance(value, list):
        return any(not isinstance(v, dict | list) and v == part for v in value)
    return bool(value == part)
