"""docs/data-model.md names every item and attribute that is stored, and shows two items as stored."""

import ast
import json
import re
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from tests.contract.data_model import DOCUMENT, KEYS, rows, rows_of, scoped, undocumented
from tests.data import stories
from tests.data.teller import Teller

ROOT = Path(__file__).resolve().parents[2]
STORAGE = ROOT / "src" / "storage"
# Items that no request stores while nothing fails and no tick of recovery comes.
RARE = {"recovery's record", "where polls continue", "trial write", "another place where the group is found"}
RARE |= {"total: the runs that were created in a time", "mark: runs of an hour were about to change"}
RARE |= {"tally: numbers of many runs, counted for all who look"}
RARE |= {"record of the group's schedule", "turn of the group's runs, if they do not overlap"}
RARE |= {"occurrence of a schedule that did not run", "run that was asked for long after its time"}
RARE |= {"tenant beside the home tenant", "register of tenants"}
RARE |= {"requests of a minute that were taken of a tenant's budget"}
RARE |= {"use of a tenant beside the home tenant on a day"}
RARE |= {"count of the versions of flows that a tenant beside the home tenant stores"}
RARE |= {"entry of the audit trail"}
RARE |= {"way from a flow group to its backfill"}
RARE |= {"backfill", "plan of a backfill", "run that a backfill made of an occurrence"}
RARE |= {f"removal: the {noun} is being deleted, or was a moment ago" for noun in ("project", "flow")}
# The document shows of a history entry what comes before the compressed part, which depends on the zlib,
# and of any other binary the first byte.
ENTRY_BYTES = 16

on_dynoxide = pytest.mark.dynoxide_only


@pytest.fixture(scope="module")
def stored(database: Any) -> Any:
    """Tell all stories to today's code; return the teller and all items."""
    with database() as (client, table_name):
        teller = Teller(client, {"TABLE_NAME": table_name, "AUDIT_DAYS": "0"})
        stories.first(teller)
        stories.second(teller)
        stories.third(teller)
        items: list[Any] = []
        start: dict[str, Any] | None = {}
        while start is not None:
            page = client.scan(TableName=table_name, **start)
            items += page["Items"]
            last = page.get("LastEvaluatedKey")
            start = {"ExclusiveStartKey": last} if last else None
        return teller, [scoped(item, teller.settings.tenant_id) for item in items]


@on_dynoxide
def test_every_stored_item_and_attribute_has_a_row(stored):
    _, items = stored

    assert len(items) > 100
    assert undocumented(items) == set(), "name them in the tables of docs/data-model.md"


@on_dynoxide
def test_every_row_but_the_rare_ones_is_of_a_stored_item(stored):
    _, items = stored
    found = {row.name for item in items for row in rows_of(item)}

    assert {row.name for row in rows()} - found == RARE


def test_every_documented_attribute_is_named_by_storage():
    named = {
        node.value
        for path in STORAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    words = {word for text in named for word in re.findall("[a-z_]+", text)}

    assert {name for row in rows() for name in row.attributes} - words == set()


def test_every_module_of_the_tables_exists():
    assert {row.module for row in rows() if not (STORAGE / row.module).is_file()} == set()


def shown(item: Any) -> str:
    """Return the item as the document shows it: one attribute a line, keys first."""

    def written(value: Any, bytes_shown: int = 1) -> Any:
        ((kind, content),) = value.items()
        if kind == "L":
            return {kind: [written(element, ENTRY_BYTES) for element in content]}
        if kind == "B":
            return {kind: b64encode(content[:bytes_shown]).decode().rstrip("=") + "…"}
        return {kind: content}

    names = sorted(item, key=lambda name: (name not in KEYS, name != "pk", name != "sk", name))
    lines = [f'  "{name}": {json.dumps(written(item[name]), ensure_ascii=False)}' for name in names]
    return "{\n" + ",\n".join(lines) + "\n}"


def example(stored, name):
    """Return the item that the document shows under this name."""
    teller, items = stored
    if name == "planned in 1 h":
        return next(item for item in items if item.get("name", {}).get("S") == name)
    pk = f"T#run#{teller.names['with tasks']}"
    return next(
        item for item in items if item["pk"]["S"] == pk and item.get("state", {}).get("S") == "Retrying"
    )


@on_dynoxide
@pytest.mark.parametrize("name", ["planned in 1 h", "Retrying"])
def test_example_is_the_item_as_it_is_stored(stored, name):
    block = f"<!-- item: {name} -->\n```json\n{shown(example(stored, name))}\n```\n<!-- end -->"

    assert block in DOCUMENT, f"docs/data-model.md should have:\n{block}"
