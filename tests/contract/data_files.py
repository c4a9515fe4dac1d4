"""Data files: the items that releases have stored, put into a table again. See tests/data/README.md."""

import gzip
import json
from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from domain.formats import Format
from graphql_api.execution import Executor, GraphQLRequest
from graphql_api.schema import build_schema
from operations.context import Context
from operations.migrating import migrate
from tests.contract.factories import Clock, World

FOLDER = Path(__file__).resolve().parents[1] / "data"
# In the order of the releases.
NAMES = ("0.1.0", "7f6669b", "form-3", "form-4")
_BATCH = 25


@dataclass(frozen=True)
class DataFile:
    """A data file: tenant, time, the ids of its things by name, and reads with the results of its release."""

    form: int
    tenant: str
    shards: int
    at: datetime
    names: dict[str, str]
    reads: list[tuple[str, Any]]
    items: list[Any]

    def put_into(self, client: Any, table_name: str, *, is_current: bool) -> World:
        """Put the items into an empty table. Return the world of the file's tenant at its time."""
        for start in range(0, len(self.items), _BATCH):
            puts = [{"PutRequest": {"Item": item}} for item in self.items[start : start + _BATCH]]
            response = client.batch_write_item(RequestItems={table_name: puts})
            assert not response.get("UnprocessedItems")
        return World(
            client, table_name, self.tenant, Clock(self.at), shards=self.shards, is_current=is_current
        )


@cache
def data_file(name: str) -> DataFile:
    header, *items = map(json.loads, gzip.decompress((FOLDER / f"{name}.jsonl.gz").read_bytes()).splitlines())
    return DataFile(
        form=header["form"],
        tenant=header["tenant"],
        shards=header["shards"],
        at=datetime.fromisoformat(header["at"]),
        names=header["names"],
        reads=[(query, result) for query, result in header["reads"]],
        items=[{name: _value(value) for name, value in item.items()} for item in items],
    )


def _value(value: dict[str, Any]) -> dict[str, Any]:
    ((kind, content),) = value.items()
    if kind == "B":
        return {kind: b64decode(content)}
    return {kind: [_value(element) for element in content]} if kind == "L" else {kind: content}


@cache
def _executor() -> Executor:
    return Executor(build_schema())


def ask(context: Context, query: str, **variables: Any) -> Any:
    """Execute a document and return its data."""
    result = _executor().execute(GraphQLRequest(query=query, variables=variables), context).result
    assert "errors" not in result, result["errors"]
    return json.loads(json.dumps(result["data"]))


def say(context: Context, mutation: str, given: dict[str, Any], selection: str = "success") -> Any:
    """Execute a mutation and return its payload."""
    query = f"mutation($input: {mutation}_input!) {{ {mutation}(input: $input) {{ {selection} }} }}"
    return ask(context, query, input=given)[mutation]


def bring_up(world: World) -> Format:
    """Migrate to the end, with the wait between the passes. Return the record."""
    for _ in range(10):
        for _, piece in migrate(world.context, lambda: True):
            assert not piece.faults
        record = world.store.formats.read()
        assert record is not None
        if record.is_current:
            return record
        world.clock.advance(minutes=1)
    raise AssertionError(record)
