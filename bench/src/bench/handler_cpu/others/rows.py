"""The objects that the resolvers of every library return, made once from the expected data."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any, Final

Json = dict[str, Any]

TIMES: Final = ("created", "scheduled_start_time")
_JSON: Final = ("parameters", "context", "serialized_state", "labels", "flow_run_ids")


def root_results(cases: list[Json]) -> Json:
    """Return the result of the root field of each case, as objects with attributes."""
    return {field: objects(value) for case in cases for field, value in case["data"].items()}


def objects(value: Any, name: str = "") -> Any:
    """Return the value with objects in place of mappings, except in columns of JSON, and with times."""
    if name in TIMES:
        return datetime.fromisoformat(value)
    if isinstance(value, Mapping) and name not in _JSON:
        return SimpleNamespace(**{key: objects(part, key) for key, part in value.items()})
    if isinstance(value, list) and name not in _JSON:
        return [objects(part) for part in value]
    return value


def parse_uuid(value: str) -> str:
    """Return a valid UUID of a request. Raises ValueError."""
    return str(uuid.UUID(value))


def parse_time(value: str) -> datetime:
    """Return a time of a request. Raises ValueError."""
    return datetime.fromisoformat(value)


def time_out(value: datetime) -> str:
    """Return a time for a response."""
    return value.isoformat()
