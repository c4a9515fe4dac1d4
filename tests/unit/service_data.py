"""The files of src/storage/service_data, as the installed botocore has them."""

import json
from typing import Any

from botocore.loaders import Loader

_PROSE = {"documentation", "documentationUrl"}


def endpoints() -> Any:
    """Every partition and region, with DynamoDB as the only service."""
    data = Loader().load_data("endpoints")
    partitions = [
        partition | {"services": {"dynamodb": partition["services"]["dynamodb"]}}
        for partition in data["partitions"]
        if "dynamodb" in partition["services"]
    ]
    assert len(partitions) == len(data["partitions"])
    return data | {"partitions": partitions}


def model() -> Any:
    """The whole description of DynamoDB, without its prose."""
    return _without_prose(Loader().load_service_model("dynamodb", "service-2"))


def _without_prose(part: Any) -> Any:
    if isinstance(part, list):
        return [_without_prose(each) for each in part]
    if not isinstance(part, dict):
        return part
    # Prose is a text; a member of that name would be a description of its shape.
    return {
        name: _without_prose(each)
        for name, each in part.items()
        if not (name in _PROSE and isinstance(each, str))
    }


def dump(data: Any) -> str:
    return json.dumps(data, separators=(",", ":")) + "\n"


FILES = {"endpoints.json": endpoints, "dynamodb/2012-08-10/service-2.json": model}
