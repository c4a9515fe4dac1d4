"""Make a data file: the items that a release stores after some stories, and its responses to reads.

    PYTHONPATH=CHECKOUT/src:. python -m tests.data.generate CHECKOUT NAME STORY... > tests/data/NAME.jsonl.gz

The checkout is that of the release; its libraries are those of requirements/run.txt. README.md beside this
says when to make one.
"""

import gzip
import json
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

from local_server.store import lead_to_local
from local_server.table import create_table, table_definition
from tests.data import reads, stories
from tests.data.teller import Teller


def main(checkout: str, name: str, *told: str) -> None:
    """Write the file to stdout."""
    import os  # noqa: PLC0415

    import moto  # noqa: PLC0415

    lead_to_local(os.environ, None)
    with moto.mock_aws():
        from wiring import dynamodb_client  # noqa: PLC0415

        client = dynamodb_client()
        create_table(client, table_definition(Path(checkout) / "template.yaml"), None)
        tell = Teller(client)
        for story in told:
            getattr(stories, story)(tell)
        tell.wait(minutes=1)
        header = {
            "name": name,
            "stories": told,
            "form": tell.form,
            "tenant": tell.settings.tenant_id,
            "shards": tell.settings.shards,
            "at": tell.now.isoformat(),
            "names": tell.names,
            "reads": [[query, tell.read(query)] for query in reads.of(told)],
        }
        lines = [header, *items(client)]
    text = "".join(json.dumps(line, separators=(",", ":"), sort_keys=True) + "\n" for line in lines)
    sys.stdout.buffer.write(gzip.compress(text.encode(), mtime=0))


def items(client: Any) -> list[Any]:
    """Return the items of the table in DynamoDB's JSON, in the order of their keys."""
    pages = client.get_paginator("scan").paginate(TableName="flow-runs")
    found = [
        {name: neutral(value) for name, value in item.items()} for page in pages for item in page["Items"]
    ]
    return sorted(found, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


def neutral(value: dict[str, Any]) -> dict[str, Any]:
    """Return a value with its bytes as base64."""
    ((kind, content),) = value.items()
    if kind == "B":
        return {kind: b64encode(bytes(content)).decode()}
    return {kind: [neutral(element) for element in content]} if kind == "L" else {kind: content}


if __name__ == "__main__":
    main(*sys.argv[1:])
