"""The tables of items in docs/data-model.md, to be compared with items that are stored."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "data-model.md").read_text(encoding="utf-8")
# Keys of the table and of its indexes. The document has a chapter of its own on the indexes.
KEYS = {"pk", "sk", "tenant_shard", "flow_shard", "order", "status_shard", "status_order", "planned_shard"}
KEYS |= {"name_shard", "late_shard", "late_order"}


class Row:
    """One row of the document's tables of items."""

    def __init__(self, name: str, partitions: str, sort_keys: str, attributes: str, module: str) -> None:
        self.name, self.module = name, module.strip("`")
        self.attributes = set(re.findall("`([a-z_]+)`", attributes))
        self.keys = re.compile(f"{_pattern(partitions)}\n{_pattern(sort_keys)}")


def _pattern(cell: str) -> str:
    """Return the regular expression of the keys in a cell, such as `T#run#<run>`."""
    keys = [re.split("(<[^>]+>)", key) for key in re.findall("`([^`]+)`", cell)]
    written = ("".join("[^\n]+" if part.startswith("<") else re.escape(part) for part in key) for key in keys)
    return f"(?:{'|'.join(written)})"


@cache
def rows() -> list[Row]:
    """Return the rows of all tables of items."""
    chapter = DOCUMENT.partition("\n## Items")[2].partition("\n## ")[0]
    found: list[Row] = []
    partition = ""
    for line in chapter.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if not line.startswith("| ") or cells[0] == "item":
            continue
        name, pk, *others = cells
        partition = partition if pk == "same" else pk
        found.append(Row(name, partition, *others))
    return found


def scoped(item: Any, tenant_id: str) -> Any:
    """Return the item as the document has it: T for its tenant, a visible character for the separator."""
    return {
        name: {"S": value["S"].replace(tenant_id, "T").replace("\x1f", "␟")} if "S" in value else value
        for name, value in item.items()
    }


def rows_of(item: Any) -> list[Row]:
    """Return the rows whose keys a scoped item has: one as a rule."""
    keys = f"{item['pk']['S']}\n{item['sk']['S']}"
    return [row for row in rows() if row.keys.fullmatch(keys)]


def undocumented(items: Iterable[Any]) -> set[tuple[str, str]]:
    """Return the attributes of scoped items that their rows lack, and the keys of items without a row."""
    found: set[tuple[str, str]] = set()
    for item in items:
        described = rows_of(item)
        if not described:
            found.add((item["pk"]["S"], item["sk"]["S"]))
            continue
        names = set(item) - KEYS - set.union(*(row.attributes for row in described))
        found |= {(described[0].name, name) for name in names}
    return found
