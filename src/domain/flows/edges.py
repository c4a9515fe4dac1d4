"""Edges of a flow: the order of its tasks, read from the serialized flow."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.flows.tasks import Task
from domain.ids import stable_id
from domain.json_types import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A dependency: `downstream` waits for `upstream`, and takes its result as the input `key`, if any.

    `number` is its place in the serialized flow. A `mapped` edge leads from one result to many task runs; one
    that is `flattened` takes the results apart first.
    """

    flow_id: str
    number: int
    upstream: Task
    downstream: Task
    key: str | None
    mapped: bool
    flattened: bool = False

    @property
    def id(self) -> str:
        """The id of the edge: a hash, which takes longer than the rest, and which few readers ask for."""
        return stable_id(self.flow_id, f"edge/{self.number}")


def edges_of(flow_id: str, tasks: Sequence[Task], serialized: JsonObject) -> list[Edge]:
    """Return the edges between these tasks in the order of the serialized flow; skip all other entries."""
    by_slug = {task.slug: task for task in tasks}
    edges = []
    for number, entry in enumerate(serialized.get("edges") or []):
        if not isinstance(entry, dict):
            continue
        upstream = by_slug.get(_slug(entry.get("upstream_task")))
        downstream = by_slug.get(_slug(entry.get("downstream_task")))
        if upstream is None or downstream is None:
            continue
        edges.append(
            Edge(
                flow_id=flow_id,
                number=number,
                upstream=upstream,
                downstream=downstream,
                key=entry["key"] if isinstance(entry.get("key"), str) else None,
                mapped=entry.get("mapped") is True,
                flattened=entry.get("flattened") is True,
            )
        )
    return edges


def _slug(end: object) -> str:
    slug = end.get("slug") if isinstance(end, dict) else None
    return slug if isinstance(slug, str) else ""
