"""The use case that registers a version of a flow."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from domain.errors import ApiError, NotFound
from domain.flow_runs.idempotency import check_key
from domain.flows.flows import Contents, Flow, FlowGroup
from domain.flows.registration import FlowCount, Registration
from domain.flows.serialized import check_serialized_flow, outline
from domain.ids import RANDOM_BITS, time_ordered_id
from domain.json_types import JsonObject
from domain.lazy import Lazy
from domain.names import check_name
from domain.rounds import ROUNDS, changed_too_often
from operations.context import Context
from operations.flows.archiving import turning_point
from operations.flows.projects import default_project
from operations.flows.schedules import can_be_active, draw_schedule, end_past, keep_up_now
from operations.flows.version_groups import empty_group, target_of

# Attempts of a registration without a project; an attempt fails if its project is deleted in the meantime.
_MAX_PROJECTS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterFlow:
    """A version of a flow to register; without a project it goes into the default project."""

    project_id: str | None
    serialized_flow: object
    version_group_id: str | None = None
    set_schedule_active: bool = False
    idempotency_key: str | None = None
    description: str | None = None


def register_flow(context: Context, request: RegisterFlow) -> str:
    """Register a flow: version 1 of a new group, or the next version of its group. Return its id.

    The group is the given one, else that of the newest flow of the same name in the project. The version
    before is archived. If the group's last idempotency key is given again while its flow is not archived,
    nothing is registered and that flow's id is returned. Without a project the flow stays in the project of
    the given group, or goes into the default project.

    Raises BadUserInput, NotFound, PayloadTooLarge, ApiError.
    """
    if isinstance(request.serialized_flow, dict) and request.serialized_flow.get("schedule"):
        draw_schedule(context, request.serialized_flow["schedule"])
    serialized = check_serialized_flow(request.serialized_flow)
    if request.idempotency_key is not None:
        check_key(request.idempotency_key)
    if request.version_group_id is not None:
        check_name(request.version_group_id, "version_group_id")
    if request.project_id is not None:
        return _register_in(context, request, request.project_id, serialized)
    for _ in range(_MAX_PROJECTS):
        with suppress(NotFound):  # the project is being deleted
            return _register_in(context, request, _project_for(context, request), serialized)
    raise ApiError("The default project is being deleted; send it again.")


def _project_for(context: Context, request: RegisterFlow) -> str:
    """Return the project of a registration without one: that of the given group, else the default project."""
    flows, given = context.store.flows, request.version_group_id
    group = None if given is None else flows.group(flows.group_id(given))
    projects = [] if group is None else context.store.projects.get([group.project_id])
    return projects[0].id if projects else default_project(context)


def _register_in(context: Context, request: RegisterFlow, project_id: str, serialized: JsonObject) -> str:
    flows, now, name = context.store.flows, context.now(), serialized["name"]
    flow_id = time_ordered_id(now, context.random_bits(RANDOM_BITS))
    for _ in range(ROUNDS):
        target = target_of(context, project_id, name, request.version_group_id)
        if target.group is not None and _is_repeat(request, target.group):
            return str(target.group.current_flow_id)
        if target.group is not None and target.group.is_scheduled:
            end_past(context, target.group.id, now)
        before = target.group or empty_group(context, target.version_group_id)
        group = replace(
            before,
            project_id=project_id,
            flow_name=name,
            version=before.version + 1,
            current_flow_id=flow_id,
            idempotency_key=request.idempotency_key,
        )
        flow = _current_version(context, request, group, serialized, now)
        new = Registration(
            flow=flow,
            group=replace(group, is_scheduled=group.is_scheduled or flow.is_schedule_active),
            before=target.group,
            takes_name=target.takes_name,
            stale_holder=target.stale_holder,
            count=FlowCount(context.tenant.limits.flows) if context.tenant.counts_flows else None,
        )
        if flows.register(new):
            if new.group.is_scheduled:
                keep_up_now(context, group.id)
            return flow_id
    raise changed_too_often(f"Flow {name!r}")


def _is_repeat(request: RegisterFlow, group: FlowGroup) -> bool:
    same = request.idempotency_key is not None and request.idempotency_key == group.idempotency_key
    return same and group.current_flow_id is not None


def _current_version(
    context: Context, request: RegisterFlow, group: FlowGroup, serialized: JsonObject, now: datetime
) -> Flow:
    turned = now if group.version == 1 else turning_point(context, group.id, now)
    flow = Flow(
        id=str(group.current_flow_id),
        tenant_id=context.tenant.id,
        project_id=group.project_id,
        flow_group_id=group.id,
        version_group_id=group.version_group_id,
        name=group.flow_name,
        version=group.version,
        archived=False,
        created=now,
        updated=now,
        turning_point=turned if turned > now else None,
        is_schedule_active=False,
        task_count=len(serialized.get("tasks") or []),
        contents=Lazy.of(
            Contents(
                outline=outline(serialized, request.description, context.core_version),
                overrides=group.overrides,
            )
        ),
        settings=group.settings,
        author=context.caller.author,
        serialized=serialized,
    )
    is_active = request.set_schedule_active and can_be_active(flow, group)
    return replace(flow, is_schedule_active=is_active)
