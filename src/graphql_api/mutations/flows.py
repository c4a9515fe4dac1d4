"""Mutations that register flows, their tasks and their edges."""

from typing import Any, Final

from graphql_api.mutations import costs
from graphql_api.mutations.dialects import Mutation
from graphql_api.mutations.inputs import (
    FLAG,
    FLOW_ID,
    ID,
    PART_OF_FLOW,
    TEXT,
    MutationInput,
    as_json,
    optional,
    required,
)
from graphql_api.mutations.payloads import Payload, Payloads
from operations.context import Context

_PROJECT_ID: Final = optional(ID, "The project of the new flow; the default one if null.")
_VERSION_GROUP_ID: Final = optional(TEXT, "The group to add a version to; found by the flow's name if null.")
_SET_SCHEDULE_ACTIVE: Final = optional(FLAG, "True switches the flow's schedule on.")
_IDEMPOTENCY_KEY: Final = optional(TEXT, "The key of the last registration returns that flow.")
_DESCRIPTION: Final = optional(TEXT, "The purpose of the flow.", readable=True)


class CreateFlowInput(MutationInput):
    """A flow to register."""

    serialized_flow = required(PART_OF_FLOW, 'The flow; `{"name": "My Flow"}` is enough.')
    project_id = _PROJECT_ID
    version_group_id = _VERSION_GROUP_ID
    set_schedule_active = _SET_SCHEDULE_ACTIVE
    idempotency_key = _IDEMPOTENCY_KEY
    description = _DESCRIPTION


class CreateCompressedFlowInput(MutationInput):
    """A flow to register, compressed."""

    serialized_flow = required(TEXT, "base64 of gzip of the flow's JSON.")
    project_id = _PROJECT_ID
    version_group_id = _VERSION_GROUP_ID
    set_schedule_active = _SET_SCHEDULE_ACTIVE
    idempotency_key = _IDEMPOTENCY_KEY
    description = _DESCRIPTION


class RegisterTasksInput(MutationInput):
    """Tasks of a flow."""

    flow_id = FLOW_ID
    serialized_tasks = required(PART_OF_FLOW, "Serialized tasks; clients send 500 at a time.")


class RegisterEdgesInput(MutationInput):
    """Edges of a flow."""

    flow_id = FLOW_ID
    serialized_edges = required(PART_OF_FLOW, "Serialized edges; clients send 500 at a time.")


def flow_mutations(payloads: Payloads) -> tuple[Mutation[Any], ...]:
    """Return the mutations that register flows."""
    return (
        Mutation(
            "create_flow",
            "Register a flow as the next version of its group. The version before it is archived.",
            CreateFlowInput,
            payloads.flow,
            _create_flow,
        ),
        Mutation(
            "create_flow_from_compressed_string",
            "Register a flow, as `create_flow` does, from compressed text.",
            CreateCompressedFlowInput,
            payloads.flow,
            _create_compressed_flow,
        ),
        Mutation(
            "register_tasks",
            "Add tasks to a flow; tasks whose slug is known stay as they are.",
            RegisterTasksInput,
            payloads.success,
            _register_tasks,
            camel_case=False,
        ),
        Mutation(
            "register_edges",
            "Add edges to a flow; known edges stay as they are.",
            RegisterEdgesInput,
            payloads.success,
            _register_edges,
            camel_case=False,
        ),
    )


def _create_flow(context: Context, given: CreateFlowInput) -> Payload:
    return _register(context, given, as_json(given.serialized_flow, "serialized_flow", context.work.memory))


def _create_compressed_flow(context: Context, given: CreateCompressedFlowInput) -> Payload:
    from operations.flows import compressed

    place, most = "input.serialized_flow", compressed.MAX_FLOW_BYTES
    context.work.draw_change(costs.of_decompressed(given.serialized_flow, most), place)
    text = compressed.decompress_flow(given.serialized_flow)
    context.work.draw_change(costs.of_flow(text), place)
    return _register(context, given, as_json(text, "serialized_flow", context.work.memory))


def _register(
    context: Context, given: CreateFlowInput | CreateCompressedFlowInput, serialized: object
) -> Payload:
    from operations.flows.registering import RegisterFlow, register_flow

    request = RegisterFlow(
        project_id=given.project_id,
        serialized_flow=serialized,
        version_group_id=given.version_group_id,
        set_schedule_active=bool(given.set_schedule_active),
        idempotency_key=given.idempotency_key,
        description=given.description,
    )
    return {"id": register_flow(context, request)}


def _register_tasks(context: Context, given: RegisterTasksInput) -> Payload:
    from operations.flows.extending import add_tasks

    add_tasks(
        context,
        given.flow_id,
        as_json(given.serialized_tasks, "serialized_tasks", context.work.memory),
    )
    return {"success": True}


def _register_edges(context: Context, given: RegisterEdgesInput) -> Payload:
    from operations.flows.extending import add_edges

    add_edges(
        context,
        given.flow_id,
        as_json(given.serialized_edges, "serialized_edges", context.work.memory),
    )
    return {"success": True}
