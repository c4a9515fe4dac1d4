"""Tasks of a flow, read from the serialized flow."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeGuard

from domain.errors import PayloadTooLarge
from domain.ids import MAX_NUMBER, member_id
from domain.json_types import JsonObject
from domain.times import format_interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task of one version of a flow; a part that the serialized task lacks is None or empty.

    `number` is the position of the task among the flow's tasks, from 1.
    """

    id: str
    number: int
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


def task_outlines(serialized: JsonObject) -> list[JsonObject | None]:
    """Return the parts that are read of each task of a serialized flow; None for an entry that is no task.

    The order is that of the serialized flow. Raises PayloadTooLarge for more tasks than MAX_NUMBER.
    """
    entries = serialized.get("tasks") or []
    if len(entries) > MAX_NUMBER:
        raise PayloadTooLarge(f"A flow can have {MAX_NUMBER:,} tasks, not {len(entries):,}.")
    mapped = set(_mapped_slugs(serialized))
    return [_outline(entry, mapped) if _is_task(entry) else None for entry in entries]


def _is_task(entry: object) -> TypeGuard[JsonObject]:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("slug"), str)
        and isinstance(entry.get("trigger"), dict | None)
    )


def _outline(entry: JsonObject, mapped: set[str]) -> JsonObject:
    slug = entry["slug"]
    outline: JsonObject = {"slug": slug}
    # Most tasks of a large flow have few parts, so only those that are there are looked at.
    for name, read in _PARTS:
        if name in entry and (value := read(entry[name])) not in _LEFT_OUT:
            outline[name] = value
    if slug in mapped:
        outline["mapped"] = True
    return outline


def tasks_of(
    flow_id: str, tenant_id: str, created: datetime, outlines: Iterable[JsonObject | None]
) -> list[Task]:
    """Return the tasks of a flow, made from their outlines."""
    return [
        Task(
            id=member_id(flow_id, number),
            number=number,
            flow_id=flow_id,
            tenant_id=tenant_id,
            created=created,
            slug=outline["slug"],
            name=outline.get("name"),
            description=outline.get("description"),
            type=outline.get("type"),
            trigger=outline.get("trigger"),
            max_retries=_number(outline.get("max_retries")),
            retry_delay=_interval(outline.get("retry_delay")),
            mapped=outline.get("mapped", False),
            auto_generated=outline.get("auto_generated", False),
            tags=outline.get("tags", []),
            cache_key=outline.get("cache_key"),
        )
        for number, outline in enumerate(outlines, 1)
        if outline is not None
    ]


def _mapped_slugs(serialized: JsonObject) -> Iterator[str]:
    """Yield the slugs of mapped tasks: those with a mapped edge into them.

    A serialized task does not say itself that it is mapped.
    """
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
    """Return an integer of at most 32 bits, because GraphQL has no longer ones; 0 for any other value."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31 else 0


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or _interval(value) is None:
        return None
    return value


def _interval(seconds: Any) -> str | None:
    """Return a number of seconds as an interval; None if it is not usable."""
    if seconds is None:
        return None
    try:
        return format_interval(timedelta(seconds=seconds))
    except (OverflowError, ValueError):
        return None


def _function_of(trigger: JsonObject | None) -> str | None:
    return _text((trigger or {}).get("fn"))


def _is_true(value: object) -> bool:
    return value is True


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


# The parts of a serialized task that its outline has, and how each of them is read.
_PARTS: Final[tuple[tuple[str, Callable[[Any], Any]], ...]] = (
    ("name", _text),
    ("description", _text),
    ("type", _text),
    ("trigger", _function_of),
    ("max_retries", _number),
    ("retry_delay", _seconds),
    ("auto_generated", _is_true),
    ("tags", _list),
    ("cache_key", _text),
)
# What a part is if the outline lacks it.
_LEFT_OUT: Final[tuple[object, ...]] = (None, False, 0, [])
