"""Mutations of registered flows: unarchiving, moving, deleting, switching schedules."""

from typing import Any, Final

from graphql_api.mutations.dialects import Mutation
from graphql_api.mutations.inputs import FLAG, FLOW_ID, ID, MutationInput, required
from graphql_api.mutations.payloads import Payload, Payloads, found
from operations.context import Context

_NO_SCHEDULE: Final = "The flow has no schedule."


class FlowInput(MutationInput):
    """The id of a flow."""

    flow_id = FLOW_ID


class MoveFlowInput(FlowInput):
    """The new project of a flow."""

    project_id = required(ID, "The new project of the flow.")


class SetScheduleInput(FlowInput):
    """A schedule, on or off."""

    set_active = required(FLAG, "True switches the schedule on, false off.")


def flow_change_mutations(payloads: Payloads) -> tuple[Mutation[Any], ...]:
    """Return the mutations of registered flows."""
    return (
        Mutation(
            "archive_flow",
            "Archive a version of a flow: no more runs of it can be created.",
            FlowInput,
            payloads.flow_change,
            _archive,
        ),
        Mutation(
            "unarchive_flow",
            "Create runs of this version of a flow from now on. The version until now is archived.",
            FlowInput,
            payloads.flow_change,
            _unarchive,
        ),
        Mutation(
            "update_flow_project",
            "Move a flow with all its versions into another project.",
            MoveFlowInput,
            payloads.flow_change,
            _move,
        ),
        Mutation(
            "delete_flow",
            "Delete a version of a flow with its runs, step by step.",
            FlowInput,
            payloads.success,
            _delete,
        ),
        Mutation(
            "set_flow_schedule_state",
            "Switch a flow's schedule on or off.",
            SetScheduleInput,
            payloads.success,
            _set_schedule,
        ),
        Mutation(
            "set_schedule_active",
            "Switch a flow's schedule on.",
            FlowInput,
            payloads.success,
            _set_active,
            camel_case=False,
        ),
        Mutation(
            "set_schedule_inactive",
            "Switch a flow's schedule off.",
            FlowInput,
            payloads.success,
            _set_inactive,
            camel_case=False,
        ),
    )


def _archive(context: Context, given: FlowInput) -> Payload:
    from operations.flows.archiving import archive_flow

    archive_flow(context, given.flow_id)
    return {"id": given.flow_id, "success": True}


def _unarchive(context: Context, given: FlowInput) -> Payload:
    from operations.flows.archiving import unarchive_flow

    unarchive_flow(context, given.flow_id)
    return {"id": given.flow_id, "success": True}


def _move(context: Context, given: MoveFlowInput) -> Payload:
    from operations.flows.moving import update_flow_project

    update_flow_project(context, given.flow_id, given.project_id)
    return {"id": given.flow_id, "success": True}


def _delete(context: Context, given: FlowInput) -> Payload:
    from operations.flows.deleting import delete_flow

    return found(delete_flow(context, given.flow_id), "flow", given.flow_id)


def _set_schedule(context: Context, given: SetScheduleInput) -> Payload:
    return _set_active(context, given) if given.set_active else _set_inactive(context, given)


def _set_active(context: Context, given: FlowInput) -> Payload:
    from operations.flows.schedules import set_schedule_active

    has_schedule = set_schedule_active(context, given.flow_id)
    return {"success": has_schedule, "error": None if has_schedule else _NO_SCHEDULE}


def _set_inactive(context: Context, given: FlowInput) -> Payload:
    from operations.flows.schedules import set_schedule_inactive

    return found(set_schedule_inactive(context, given.flow_id), "flow", given.flow_id)
