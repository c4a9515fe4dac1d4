"""Tables of dynoxide with many items, which it imports from an export of DynamoDB, because puts take longer.

dynoxide puts some 2,000 runs a second, whatever the client. It imports 9,000 a second at first, and 5,000 a
second of a million; generating them takes another second for 9,000.
"""

import gzip
import json
import subprocess
from base64 import b64encode
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench.local_table import dynoxide
from bench.paths import TEMPLATE
from local_server.table import table_definition
from storage.dynamodb.items import Item


def write_table(folder: Path, items: Iterable[Item]) -> None:
    """Write a table with these items into the folder, in the form of a server's data folder.

    Leave the benchmark with the message of dynoxide if it refuses the items.
    """
    definition = table_definition(TEMPLATE)
    export = folder / "export"
    data = export / definition["TableName"] / "data"
    data.mkdir(parents=True)
    with gzip.open(data / "items.json.gz", "wt", compresslevel=1, encoding="utf-8") as file:
        file.writelines(json.dumps({"Item": _plain(item)}) + "\n" for item in items)
    schema = export / "schema.json"
    schema.write_text(json.dumps([{"Table": definition}]))
    options: list[str | Path] = ["--source", export, "--schema", schema, "--output", folder / "flow-runs.db"]
    done = subprocess.run([dynoxide(), "import", *options], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise SystemExit(f"dynoxide has not imported the items: {done.stderr.strip()}")
    (data / "items.json.gz").unlink()


def _plain(value: Any) -> Any:
    """Return a value with its bytes in base64, as in the JSON of DynamoDB."""
    if isinstance(value, bytes):
        return b64encode(value).decode("ascii")
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value
