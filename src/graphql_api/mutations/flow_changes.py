"""Mutations of flows that are registered: unarchiving, moving, deleting, switching schedules."""

from typing import Final

from graphql import GraphQLBoolean

from graphql_api.language.scalars import UUID
from graphql_api.mutations.dialects import Input, Mutation, Required
from graphql_api.mutations.flows import Given
from graphql_api.mutations.payloads import Payloads
from operations.context import Context
from operations.flows import archiving, moving, schedules
from operations.flows.deleting import delete_flow

_YES: Final = Required.YES
_FLOW_ID: Final = Input("flow_id", UUID, "The flow.", _YES)
_NO_SCHEDULE: Final = "The flow has no schedule."


def _unarchive(context: Context, given: Given) -> Given:
    archiving.unarchive_flow(context, given["flow_id"])
    return _done(given)


def _move(context: Context, given: Given) -> Given:
    moving.update_flow_project(context, given["flow_id"], given["project_id"])
    return _done(given)


def _delete(context: Context, given: Given) -> Given:
    return _found(delete_flow(context, given["flow_id"]), given)


def _set_schedule(context: Context, given: Given) -> Given:
    if not given["set_active"]:
        return _set_inactive(context, given)
    active = schedules.set_schedule_active(context, given["flow_id"])
    return {"success": active, "error": None if active else _NO_SCHEDULE}


def _set_inactive(context: Context, given: Given) -> Given:
    return _found(schedules.set_schedule_inactive(context, given["flow_id"]), given)


def _done(given: Given) -> Given:
    return {"id": given["flow_id"], "success": True}


def _found(found: bool, given: Given) -> Given:
    return {"success": found, "error": None if found else f"There is no flow {given['flow_id']}."}


def flow_change_mutations(payloads: Payloads) -> tuple[Mutation, ...]:
    """The mutations of flows that are registered."""
    return (
        Mutation(
            "unarchive_flow",
            "Make a version of a flow the one that runs are created of; the one that was it is archived.",
            (_FLOW_ID,),
            payloads.flow_change,
            _unarchive,
        ),
        Mutation(
            "update_flow_project",
            "Move a flow with its versions into another project.",
            (_FLOW_ID, Input("project_id", UUID, "The project to move it into.", _YES)),
            payloads.flow_change,
            _move,
        ),
        Mutation(
            "delete_flow",
            "Delete a version of a flow with its runs, a piece at a time.",
            (_FLOW_ID,),
            payloads.success,
            _delete,
        ),
        Mutation(
            "set_flow_schedule_state",
            "Switch a flow's schedule on or off.",
            (_FLOW_ID, Input("set_active", GraphQLBoolean, "Whether it is to be on.", _YES)),
            payloads.success,
            _set_schedule,
        ),
        Mutation(
            "set_schedule_inactive",
            "Switch a flow's schedule off.",
            (_FLOW_ID,),
            payloads.success,
            _set_inactive,
            camel_case=False,
        ),
    )
