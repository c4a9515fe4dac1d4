"""The objects that every library answers with, made once from the answers that are expected of it."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any, Final

Json = dict[str, Any]

TIMES: Final = ("created", "scheduled_start_time")
_JSON: Final = ("parameters", "context", "serialized_state", "labels", "flow_run_ids")


def answers(cases: list[Json]) -> Json:
    """What the root field of each case answers, as objects with attributes."""
    return {field: objects(value) for case in cases for field, value in case["data"].items()}


def objects(value: Any, name: str = "") -> Any:
    """Objects in place of mappings, but for columns that are JSON; times as times."""
    if name in TIMES:
        return datetime.fromisoformat(value)
    if isinstance(value, Mapping) and name not in _JSON:
        return SimpleNamespace(**{key: objects(each, key) for key, each in value.items()})
    if isinstance(value, list) and name not in _JSON:
        return [objects(each) for each in value]
    return value


def parse_uuid(value: str) -> str:
    """Check a UUID that came in."""
    return str(uuid.UUID(value))


def parse_time(value: str) -> datetime:
    """Read a time that came in."""
    return datetime.fromisoformat(value)


def time_out(value: datetime) -> str:
    """Write a time that goes out."""
    return value.isoformat()
