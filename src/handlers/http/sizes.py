"""The sizes of a result: whether it is worth encoding at all, and the part that makes it too large."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

# Shorter texts count a byte for each character, and the sizes of shorter lists are not noted.
_SHORT = 1_000
# How far the parts of a result are looked at, in bytes of JSON: all fields together, then all columns.
_LONGEST_LOOK = 6_000_000
# Values of more bytes are not encoded to know their exact size.
_EXACT = 10_000
# The sizes of long lists and objects by their identities.
Known = dict[int, int]
_CONTAINERS = (dict, list, tuple)
_WITH_PARTS = {str, *_CONTAINERS}
_FEW = 10
_encoder = json.JSONEncoder(ensure_ascii=False)


def least_bytes(value: Any, most: int, known: Known | None = None) -> int:
    """Return the bytes that a value has as JSON, or a few less; stop soon after `most`.

    Nothing is encoded but single long texts, so that a value that is shown a thousand times takes no memory.
    `known` has the sizes of long lists and objects by their identities, so that it takes no time either.
    """
    known = {} if known is None else known
    # The value is looked at as the only part of a list, whose brackets and comma do not count.
    size = -2
    waiting: list[Any] = [[value]]
    while waiting and size <= most:
        found: Any = waiting.pop()
        count = len(found)
        if count >= _SHORT:
            size += _of_long(found, most - size, known)
            continue
        size += 1 + (count or 1)
        if isinstance(found, dict):
            names = "".join(found)
            size += 3 * count + (len(names) if len(names) < _SHORT else _letters(names))
            found = found.values()
        # Many numbers, flags and nulls are counted at once.
        if count > _FEW and _WITH_PARTS.isdisjoint(map(type, found)):
            size += count
            continue
        for part in found:
            if isinstance(part, str):
                if len(part) < _SHORT:
                    size += 2 + len(part)
                elif size <= most:
                    size += 2 + _letters(part)
            elif isinstance(part, _CONTAINERS):
                waiting.append(part)
            else:
                size += 1
    return size


def _of_long(found: Any, most: int, known: Known) -> int:
    """Return the size of a long list or object, which is measured once; stop soon after `most`."""
    if id(found) not in known:
        parts = [*found, *found.values()] if isinstance(found, dict) else found
        known[id(found)] = _together(parts, most, known)
    return known[id(found)]


def _together(parts: Sequence[Any], most: int, known: Known) -> int:
    """Return the size of many parts, looked at in portions; stop soon after `most`."""
    size = 0
    for start in range(0, len(parts), _SHORT - 1):
        # The brackets of a portion are not those of the whole.
        size += least_bytes(list(parts[start : start + _SHORT - 1]), most - size, known) - 2
        if size > most:
            break
    return size


def _letters(text: str) -> int:
    """Return the bytes of a text without its quotation marks."""
    return len(_encoder.encode(text).encode("utf-8", "replace")) - 2


def heaviest_part(result: Mapping[str, Any]) -> str:
    """Return a text that names the largest root field, the number of its rows and its largest column.

    Of a huge result only the beginning is looked at, so the sizes are at least what the text says.
    """
    fields = result.get("data") or {}
    known: Known = {}
    sizes = _sizes([fields], known)
    errors = _size(result.get("errors", []), _LONGEST_LOOK, known)
    if not sizes or errors > max(sizes.values()):
        return f"most of it are errors ({errors:,} bytes)"
    name = max(sizes, key=sizes.__getitem__)
    text = f"most of it is `{name}` ({sizes[name]:,} bytes"
    value = fields[name]
    rows = value if isinstance(value, list) else [value]
    if isinstance(value, list):
        text += f" in {len(rows):,} rows; a smaller `limit` helps"
    columns = _sizes(rows, known)
    if columns:
        column = max(columns, key=columns.__getitem__)
        text += f"; its largest field is `{column}` with {columns[column]:,} bytes"
    return text + ")"


def _sizes(rows: list[Any], known: Known) -> dict[str, int]:
    """Return the sizes of the columns of rows, as far as all of them together are looked at."""
    sizes: dict[str, int] = {}
    left = _LONGEST_LOOK
    for row in rows:
        for name, value in row.items() if isinstance(row, dict) else ():
            if left < 0:
                return sizes
            size = _size(value, left, known)
            sizes[name] = sizes.get(name, 0) + size
            left -= size
    return sizes


def _size(value: Any, most: int, known: Known) -> int:
    """Return the size of a value as JSON, a little less for a large one; above `most` some size above it."""
    least = least_bytes(value, most, known)
    if least > min(most, _EXACT):
        return least
    return len(
        json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str).encode("utf-8", "replace")
    )
