"""Use cases that add tasks and edges to a registered flow."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from domain.errors import BadUserInput, NotFound
from domain.json_types import JsonObject
from domain.rounds import ROUNDS, changed_too_often
from operations.context import Context


def add_tasks(context: Context, flow_id: str, tasks: object) -> None:
    """Add tasks to the serialized flow; tasks whose slug is known stay as they are.

    `flow.register` sends the tasks separately from release 0.15.5 on, 500 at a time.
    Raises BadUserInput, NotFound, ApiError.
    """
    new = {_slug(task, "serialized_tasks"): task for task in _objects(tasks, "serialized_tasks")}

    def add(serialized: JsonObject) -> JsonObject:
        present = serialized.get("tasks") or []
        known = _slugs(present)
        return {**serialized, "tasks": [*present, *(new[slug] for slug in new if slug not in known)]}

    _rewrite(context, flow_id, add)


def add_edges(context: Context, flow_id: str, edges: object) -> None:
    """Add edges to the serialized flow; edges between the same tasks with the same key stay as they are.

    Raises BadUserInput for an edge of an unknown task, NotFound, ApiError.
    """
    new = {_edge_identity(edge): edge for edge in _objects(edges, "serialized_edges")}

    def add(serialized: JsonObject) -> JsonObject:
        ends = {end for identity in new for end in identity[:2]}
        unknown = sorted(ends - _slugs(serialized.get("tasks") or []))
        if unknown:
            raise BadUserInput(f"serialized_edges: the flow has no task {', '.join(unknown[:5])}.")
        present = serialized.get("edges") or []
        known = _edge_identities(present)
        added = [edge for identity, edge in new.items() if identity not in known]
        return {**serialized, "edges": [*present, *added]}

    _rewrite(context, flow_id, add)


def _rewrite(context: Context, flow_id: str, change: Callable[[JsonObject], JsonObject]) -> None:
    flows = context.store.flows
    for _ in range(ROUNDS):
        revision = flows.revision(flow_id)
        # The deletion of a flow begins with its serialized form.
        serialized = flows.serialized([flow_id]).get(flow_id)
        if revision is None or serialized is None:
            raise NotFound(f"There is no flow {flow_id}.")
        context.work.draw_change(0, "flow_id")  # its unpacking has been noted, and its writing is to come
        changed = change(serialized)
        if changed == serialized or flows.rewrite(flow_id, changed, revision):
            return
    raise changed_too_often(f"Flow {flow_id}")


def _objects(value: object, name: str) -> list[JsonObject]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise BadUserInput(f"{name} must be a list of objects.")
    return value


def _slug(task: object, name: str) -> str:
    slug = task.get("slug") if isinstance(task, dict) else None
    if not isinstance(slug, str) or not slug:
        raise BadUserInput(f"{name}: every task needs a slug.")
    return slug


def _slugs(tasks: list[Any]) -> set[str]:
    """Return the slugs of a registered flow's tasks; a task without a slug is kept, but cannot be named."""
    slugs = (task.get("slug") for task in tasks if isinstance(task, dict))
    return {slug for slug in slugs if isinstance(slug, str)}


def _edge_identities(edges: list[Any]) -> set[tuple[str, str, str]]:
    identities = set()
    for edge in edges:
        if isinstance(edge, dict):
            with suppress(BadUserInput):  # an edge that names no tasks is kept, but is never repeated
                identities.add(_edge_identity(edge))
    return identities


def _edge_identity(edge: JsonObject) -> tuple[str, str, str]:
    ends = (_slug(edge.get(end), f"serialized_edges.{end}") for end in ("upstream_task", "downstream_task"))
    upstream, downstream = ends
    return upstream, downstream, str(edge.get("key"))
