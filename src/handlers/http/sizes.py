"""The largest part of a result, for the message that refuses the result."""

import json
from collections.abc import Mapping
from typing import Any


def heaviest_part(result: Mapping[str, Any]) -> str:
    """Return a text that names the largest root field, the number of its rows and its largest column."""
    fields = result.get("data") or {}
    sizes = {name: _size(value) for name, value in fields.items()}
    errors = _size(result.get("errors", []))
    if not sizes or errors > max(sizes.values()):
        return f"most of it are errors ({errors:,} bytes)"
    name = max(sizes, key=sizes.__getitem__)
    text = f"most of it is `{name}` ({sizes[name]:,} bytes"
    value = fields[name]
    rows = value if isinstance(value, list) else [value]
    if isinstance(value, list):
        text += f" in {len(rows):,} rows; a smaller `limit` helps"
    columns = _columns(rows)
    if columns:
        column = max(columns, key=columns.__getitem__)
        text += f"; its largest field is `{column}` with {columns[column]:,} bytes"
    return text + ")"


def _columns(rows: list[Any]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for row in rows:
        if isinstance(row, dict):
            for name, value in row.items():
                sizes[name] = sizes.get(name, 0) + _size(value)
    return sizes


def _size(value: Any) -> int:
    return len(
        json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str).encode("utf-8", "replace")
    )
