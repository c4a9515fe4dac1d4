"""Sizes of items in DynamoDB, as it bills storage: an item counts also in every index with its keys."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

OVERHEAD = 100  # bytes for each item, and for each entry of an index
_CONTAINER, _ELEMENT = 3, 1


def stored_bytes(
    items: Iterable[dict[str, Any]], keys: Sequence[str], indexes: Sequence[Sequence[str]]
) -> int:
    """Return the bytes of the items of a table, and of their entries in indexes that hold keys only."""
    total = 0
    for item in items:
        total += OVERHEAD + attributes(item)
        for names in indexes:
            if all(name in item for name in names):
                entry = {name: item[name] for name in {*keys, *names}}
                total += OVERHEAD + attributes(entry)
    return total


def attributes(item: dict[str, Any]) -> int:
    """Return the bytes of names and values."""
    return sum(len(name.encode()) + value_bytes(value) for name, value in item.items())


def value_bytes(value: dict[str, Any]) -> int:
    """Return the bytes of one value."""
    ((kind, content),) = value.items()
    return _SIZES[kind](content)


# A number takes a byte for each two digits, and one more.
_SIZES: dict[str, Callable[[Any], int]] = {
    "S": lambda text: len(text.encode()),
    "B": len,
    "N": lambda digits: (len(digits.lstrip("-")) + 1) // 2 + 1,
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
    "SS": lambda texts: sum(len(text.encode()) for text in texts),
    "L": lambda values: _CONTAINER + sum(_ELEMENT + value_bytes(value) for value in values),
    "M": lambda named: _CONTAINER + _ELEMENT * len(named) + attributes(named),
}
