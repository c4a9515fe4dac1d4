"""Tasks of a flow, read from its serialized form."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain.ids import stable_id
from domain.json_types import JsonObject
from domain.times import format_interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task of one version of a flow; what it was serialized without is None or empty."""

    id: str
    flow_id: str
    tenant_id: str
    created: datetime
    slug: str
    name: str | None
    description: str | None
    type: str | None
    trigger: str | None
    max_retries: int
    retry_delay: str | None
    mapped: bool
    auto_generated: bool
    tags: list[Any]
    cache_key: str | None


def task_id(flow_id: str, slug: str) -> str:
    """The id of a flow's task: the same each time, so that it need not be kept."""
    return stable_id(flow_id, f"task/{slug}")


def tasks_of(flow_id: str, tenant_id: str, created: datetime, serialized: JsonObject) -> list[Task]:
    """The tasks of a serialized flow, in its order; entries that are no tasks are passed over."""
    mapped = set(_mapped_slugs(serialized))
    return [
        Task(
            id=task_id(flow_id, entry["slug"]),
            flow_id=flow_id,
            tenant_id=tenant_id,
            created=created,
            slug=entry["slug"],
            name=_text(entry.get("name")),
            description=_text(entry.get("description")),
            type=_text(entry.get("type")),
            trigger=_text((entry.get("trigger") or {}).get("fn")),
            max_retries=_number(entry.get("max_retries")),
            retry_delay=_interval(entry.get("retry_delay")),
            mapped=entry["slug"] in mapped,
            auto_generated=entry.get("auto_generated") is True,
            tags=entry["tags"] if isinstance(entry.get("tags"), list) else [],
            cache_key=_text(entry.get("cache_key")),
        )
        for entry in _entries(serialized, "tasks")
        if isinstance(entry.get("slug"), str) and isinstance(entry.get("trigger"), dict | None)
    ]


def _mapped_slugs(serialized: JsonObject) -> Iterator[str]:
    """A task is mapped when an edge into it is: the serialized task itself does not say."""
    for edge in _entries(serialized, "edges"):
        downstream = edge.get("downstream_task")
        slug = downstream.get("slug") if isinstance(downstream, dict) else None
        if edge.get("mapped") is True and isinstance(slug, str):
            yield slug


def _entries(serialized: JsonObject, name: str) -> list[JsonObject]:
    return [entry for entry in serialized.get(name) or [] if isinstance(entry, dict)]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _interval(seconds: object) -> str | None:
    """Serialized in seconds, read as an interval."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return format_interval(timedelta(seconds=seconds))
    except (OverflowError, ValueError):
        return None
