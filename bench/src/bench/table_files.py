"""Files of dynoxide with many items in them, imported as an export of DynamoDB: putting them takes longer.

dynoxide puts some 2,000 runs a second, whoever sends them. It imports 9,000 at first, and 5,000 of a million;
making them here is 9,000 a second, and comes before.
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
    """Make the data of a table with these items in the folder, as a server with this folder has it.

    Leaves the program with what dynoxide says when it refuses them.
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
    """A value with its bytes in base64, as JSON of DynamoDB has them."""
    if isinstance(value, bytes):
        return b64encode(value).decode("ascii")
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value
