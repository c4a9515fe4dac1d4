"""Use cases of flows: registering versions, archiving, finding."""

import base64
import binascii
import zlib
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from domain.errors import ApiError, BadUserInput, NotFound, PayloadTooLarge
from domain.flow_runs.idempotency import check_key
from domain.flows.flows import Flow, FlowGroup, check_serialized_flow, outline
from domain.ids import RANDOM_BITS, stable_id, time_ordered_id
from domain.json_types import JsonObject
from domain.names import check_name
from domain.rounds import ROUNDS, changed_too_often
from operations.context import Context
from operations.flows.projects import default_project
from operations.flows.turning_points import turning_point

MAX_FLOW_BYTES: Final = 60_000_000
# So many flows of one name may have been moved out of a project before the name alone finds no group.
_MOVED_NAMESAKES: Final = 32
# … and so many times a project into which it could go is deleted meanwhile.
_PROJECTS: Final = 3
_GZIP: Final = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterFlow:
    """A version of a flow to register; without a project it goes into the default one."""

    project_id: str | None
    serialized_flow: object
    version_group_id: str | None = None
    set_schedule_active: bool = False
    idempotency_key: str | None = None
    description: str | None = None


def register_flow(context: Context, request: RegisterFlow) -> str:
    """Register a flow: version 1 of a new group, or the next of its group; answers its id.

    The group is the given one, else that of the newest flow with the same name in the project. The version
    before is archived. The group's last idempotency key, given again while its flow is not archived, answers
    that flow and registers nothing. Without a project it stays in that of the given group, or goes into the
    default one. Raises BadUserInput, NotFound, PayloadTooLarge, ApiError.
    """
    serialized = check_serialized_flow(request.serialized_flow)
    if request.idempotency_key is not None:
        check_key(request.idempotency_key)
    if request.version_group_id is not None:
        check_name(request.version_group_id, "version_group_id")
    if request.project_id is not None:
        return _register_in(context, request, request.project_id, serialized)
    for _ in range(_PROJECTS):
        with suppress(NotFound):  # it is being deleted
            return _register_in(context, request, _project_for(context, request), serialized)
    raise ApiError("The project that flows without one go into is being deleted; send it again.")


def _project_for(context: Context, request: RegisterFlow) -> str:
    """The project of a registration that names none: that of the given group, if it is there."""
    flows, given = context.store.flows, request.version_group_id
    group = None if given is None else flows.group(flows.group_id(given))
    known = [] if group is None else context.store.projects.get([group.project_id])
    return known[0].id if known else default_project(context)


def _register_in(context: Context, request: RegisterFlow, project_id: str, serialized: JsonObject) -> str:
    flows, now = context.store.flows, context.now()
    flow_id = time_ordered_id(now, context.random_bits(RANDOM_BITS))
    for _ in range(ROUNDS):
        version_group_id, current = _version_group(context, request, project_id, serialized["name"])
        group_id = flows.group_id(version_group_id)
        if current is not None and _is_repeat(request, current):
            return str(current.current_flow_id)
        turned = now if current is None else turning_point(context, group_id, now)
        group = replace(
            current or _new_group(context, group_id, version_group_id),
            project_id=project_id,
            flow_name=serialized["name"],
            version=current.version + 1 if current else 1,
            current_flow_id=flow_id,
            idempotency_key=request.idempotency_key,
        )
        flow = Flow(
            id=flow_id,
            tenant_id=context.tenant.id,
            project_id=project_id,
            flow_group_id=group_id,
            version_group_id=version_group_id,
            name=serialized["name"],
            version=group.version,
            archived=False,
            created=now,
            updated=now,
            turned=turned if turned > now else None,
            is_schedule_active=request.set_schedule_active and bool(serialized.get("schedule")),
            task_count=len(serialized.get("tasks") or []),
            outline=outline(serialized, request.description, context.core_version),
            settings=group.settings,
            overrides=group.overrides,
        )
        if flows.register(flow, serialized, group, current):
            return flow_id
    raise ApiError(f"Too many registrations of flow {serialized['name']!r} at once; send it again.")


def _version_group(
    context: Context, request: RegisterFlow, project_id: str, name: str
) -> tuple[str, FlowGroup | None]:
    """The version group that a flow is registered in, and its group if there is one."""
    if request.version_group_id is not None:
        given = request.version_group_id
        return given, context.store.flows.group(context.store.flows.group_id(given))
    known = group_named(context, project_id, name)
    if known is not None:
        return known.version_group_id, known
    return _new_version_group(context, project_id, name)


def group_named(context: Context, project_id: str, name: str) -> FlowGroup | None:
    """The group of the newest flow of that name in a project.

    A name that leads to a group in another project stayed behind when that was moved: it leads nowhere.
    """
    flows = context.store.flows
    version_group_id = flows.version_group_named(project_id, name)
    group = None if version_group_id is None else flows.group(flows.group_id(version_group_id))
    return group if group is not None and group.project_id == project_id else None


def _new_version_group(context: Context, project_id: str, name: str) -> tuple[str, FlowGroup | None]:
    """The same for everybody who registers a new name, so that all of them make one group.

    A flow of that name may have been moved into another project: its group is passed over.
    """
    flows = context.store.flows
    for place in range(_MOVED_NAMESAKES):
        found = stable_id(project_id, f"version-group/{name}" + (f"/{place}" if place else ""))
        group = flows.group(flows.group_id(found))
        if group is None or group.project_id == project_id:
            return found, group
    raise BadUserInput(
        f"Flows named {name!r} were moved out of project {project_id} {_MOVED_NAMESAKES} times: "
        f"give a version_group_id."
    )


def _new_group(context: Context, group_id: str, version_group_id: str) -> FlowGroup:
    return FlowGroup(
        id=group_id,
        tenant_id=context.tenant.id,
        version_group_id=version_group_id,
        project_id="",
        flow_name="",
        version=0,
        current_flow_id=None,
        idempotency_key=None,
    )


def _is_repeat(request: RegisterFlow, group: FlowGroup) -> bool:
    same = request.idempotency_key is not None and request.idempotency_key == group.idempotency_key
    return same and group.current_flow_id is not None


def decompress_flow(text: str) -> str:
    """The JSON text in base64 of gzip, which is how `flow.register` sends a flow.

    Raises BadUserInput for anything else and PayloadTooLarge beyond MAX_FLOW_BYTES.
    """
    try:
        expand = zlib.decompressobj(_GZIP)
        raw = expand.decompress(base64.b64decode(text, validate=True), MAX_FLOW_BYTES + 1)
        if len(raw) > MAX_FLOW_BYTES:
            raise PayloadTooLarge(f"The serialized flow has over {MAX_FLOW_BYTES:,} bytes of JSON.")
        if not expand.eof:
            raise BadUserInput("serialized_flow: the gzip data ends too early.")
        return raw.decode()
    except (binascii.Error, zlib.error, ValueError) as error:
        raise BadUserInput("serialized_flow must be base64 of gzip of a flow's JSON text.") from error


def archive_flow(context: Context, flow_id: str) -> None:
    """Archive a version of a flow, so that no run of it can be created. Raises NotFound."""
    for _ in range(ROUNDS):
        flow = get_flow(context, flow_id)
        if flow.archived:
            return
        ends = turning_point(context, flow.flow_group_id, context.now())
        if context.store.flows.archive(flow, context.store.flows.group(flow.flow_group_id), ends):
            return
    raise changed_too_often(f"Flow {flow_id}")


def get_flow(context: Context, flow_id: str) -> Flow:
    """Read one flow as of now. Raises NotFound."""
    found = context.store.flows.get([flow_id])
    if not found:
        raise NotFound(f"There is no flow {flow_id}.")
    return found[0]


def find_flow_id(context: Context, *, flow_name: str, project_name: str) -> str:
    """The id of the unarchived version of a flow in a project, both by name. Raises NotFound."""
    project = context.store.projects.named(project_name)
    if project is None:
        raise NotFound(f"There is no project named {project_name!r}.")
    group = group_named(context, project.id, flow_name)
    if group is None:
        raise NotFound(f"There is no flow named {flow_name!r} in project {project_name!r}.")
    return _current_of(group, group.version_group_id)


def current_flow_id(context: Context, version_group_id: str) -> str:
    """The id of a version group's unarchived flow. Raises NotFound."""
    return _current_of(
        context.store.flows.group(context.store.flows.group_id(version_group_id)), version_group_id
    )


def _current_of(group: FlowGroup | None, version_group_id: str) -> str:
    if group is None or group.current_flow_id is None:
        raise NotFound(f"Version group {version_group_id[:100]!r} has no flow that is not archived.")
    return group.current_flow_id


def set_schedule_active(context: Context, flow_id: str) -> bool:
    """Switch a flow's schedule on; answers False when it has none. Raises NotFound."""
    flow = get_flow(context, flow_id)
    if not flow.outline.get("schedule"):
        return False
    return context.store.flows.set_schedule_active(flow_id, active=True)


def add_tasks(context: Context, flow_id: str, tasks: object) -> None:
    """Add tasks to a flow's serialized form; those whose slug is known stay as they are.

    `flow.register` sends them apart from 0.15.5 on, 500 at a time. Raises BadUserInput, NotFound.
    """
    new = {_slug(task, "serialized_tasks"): task for task in _entries(tasks, "serialized_tasks")}

    def add(serialized: JsonObject) -> JsonObject:
        present = serialized.get("tasks") or []
        known = _slugs(present)
        return {**serialized, "tasks": [*present, *(new[slug] for slug in new if slug not in known)]}

    _rewrite(context, flow_id, add)


def add_edges(context: Context, flow_id: str, edges: object) -> None:
    """Add edges to a flow's serialized form; those between the same tasks with the same key stay.

    Raises BadUserInput for an edge that names an unknown task, NotFound.
    """
    new = {_edge_identity(edge): edge for edge in _entries(edges, "serialized_edges")}

    def add(serialized: JsonObject) -> JsonObject:
        ends = {end for identity in new for end in identity[:2]}
        unknown = sorted(ends - _slugs(serialized.get("tasks") or []))
        if unknown:
            raise BadUserInput(f"serialized_edges: the flow has no task {', '.join(unknown[:5])}.")
        present = serialized.get("edges") or []
        known = _edge_identities(present)
        return {**serialized, "edges": [*present, *(new[each] for each in new if each not in known)]}

    _rewrite(context, flow_id, add)


def _rewrite(context: Context, flow_id: str, change: Any) -> None:
    flows = context.store.flows
    for _ in range(ROUNDS):
        revision = flows.revision(flow_id)
        # One that is being deleted has lost it already.
        serialized = flows.serialized([flow_id]).get(flow_id)
        if revision is None or serialized is None:
            raise NotFound(f"There is no flow {flow_id}.")
        changed = change(serialized)
        if changed == serialized or flows.rewrite(flow_id, changed, revision):
            return
    raise changed_too_often(f"Flow {flow_id}")


def _entries(value: object, name: str) -> list[JsonObject]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise BadUserInput(f"{name} must be a list of objects.")
    return value


def _slug(value: object, name: str) -> str:
    slug = value.get("slug") if isinstance(value, dict) else None
    if not isinstance(slug, str) or not slug:
        raise BadUserInput(f"{name}: every task needs a slug.")
    return slug


def _slugs(tasks: list[Any]) -> set[str]:
    """The slugs of a registered flow's tasks; what has none is kept, but cannot be named."""
    slugs = (task.get("slug") for task in tasks if isinstance(task, dict))
    return {slug for slug in slugs if isinstance(slug, str)}


def _edge_identities(edges: list[Any]) -> set[tuple[str, str, str]]:
    found = set()
    for edge in edges:
        if isinstance(edge, dict):
            with suppress(BadUserInput):
                found.add(_edge_identity(edge))
    return found


def _edge_identity(edge: JsonObject) -> tuple[str, str, str]:
    ends = (_slug(edge.get(end), f"serialized_edges.{end}") for end in ("upstream_task", "downstream_task"))
    upstream, downstream = ends
    return upstream, downstream, str(edge.get("key"))
