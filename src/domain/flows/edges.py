"""Edges of a flow: which task comes before which, read from its serialized form."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.flows.tasks import Task
from domain.ids import stable_id
from domain.json_types import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """`downstream` waits for `upstream`; with a `key` it takes its result as the input of that name."""

    id: str
    flow_id: str
    upstream: Task
    downstream: Task
    key: str | None
    mapped: bool


def edges_of(flow_id: str, tasks: Sequence[Task], serialized: JsonObject) -> list[Edge]:
    """The edges between these tasks in a serialized flow, in its order; any other entries are passed over."""
    by_slug = {task.slug: task for task in tasks}
    found = []
    for number, entry in enumerate(serialized.get("edges") or []):
        if not isinstance(entry, dict):
            continue
        upstream = by_slug.get(_slug(entry.get("upstream_task")))
        downstream = by_slug.get(_slug(entry.get("downstream_task")))
        if upstream is None or downstream is None:
            continue
        found.append(
            Edge(
                id=stable_id(flow_id, f"edge/{number}"),
                flow_id=flow_id,
                upstream=upstream,
                downstream=downstream,
                key=entry["key"] if isinstance(entry.get("key"), str) else None,
                mapped=entry.get("mapped") is True,
            )
        )
    return found


def _slug(end: object) -> str:
    slug = end.get("slug") if isinstance(end, dict) else None
    return slug if isinstance(slug, str) else ""
