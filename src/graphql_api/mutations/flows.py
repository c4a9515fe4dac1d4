"""Mutations of projects and flows."""

from typing import Any

from graphql import GraphQLBoolean, GraphQLString

from domain.errors import BadUserInput
from domain.odd_values import mended
from graphql_api.language import json_text
from graphql_api.language.scalars import JSON, UUID
from graphql_api.mutations.dialects import Input, Mutation, Required
from graphql_api.mutations.payloads import Payloads
from operations import tenants
from operations.context import Context
from operations.flows import archiving, compressed, extending, projects, registering, schedules

_YES = Required.YES

Given = dict[str, Any]


def _create_project(context: Context, given: Given) -> Given:
    tenants.check_tenant(context, given.get("tenant_id"))
    project_id = projects.create_project(context, name=given["name"], description=given.get("description"))
    return {"id": project_id}


def _create_flow(context: Context, given: Given) -> Given:
    return _register(context, given, as_json(given["serialized_flow"], "serialized_flow"))


def _create_flow_compressed(context: Context, given: Given) -> Given:
    text = compressed.decompress_flow(given["serialized_flow"])
    return _register(context, given, as_json(text, "serialized_flow"))


def _register(context: Context, given: Given, serialized: object) -> Given:
    request = registering.RegisterFlow(
        project_id=given.get("project_id"),
        serialized_flow=serialized,
        version_group_id=given.get("version_group_id"),
        set_schedule_active=bool(given.get("set_schedule_active")),
        idempotency_key=given.get("idempotency_key"),
        description=given.get("description"),
    )
    return {"id": registering.register_flow(context, request)}


def _archive_flow(context: Context, given: Given) -> Given:
    archiving.archive_flow(context, given["flow_id"])
    return {"id": given["flow_id"], "success": True}


def _register_tasks(context: Context, given: Given) -> Given:
    extending.add_tasks(context, given["flow_id"], as_json(given["serialized_tasks"], "serialized_tasks"))
    return {"success": True}


def _register_edges(context: Context, given: Given) -> Given:
    extending.add_edges(context, given["flow_id"], as_json(given["serialized_edges"], "serialized_edges"))
    return {"success": True}


def _set_schedule_active(context: Context, given: Given) -> Given:
    active = schedules.set_schedule_active(context, given["flow_id"])
    return {"success": active, "error": None if active else "The flow has no schedule."}


def as_json(value: Any, name: str, *, readable: bool = False) -> Any:
    """A JSON input; clients' guides also pass it as text that holds JSON. Raises BadUserInput.

    What cannot be kept in one that is `readable` is mended.
    """
    if not isinstance(value, str):
        return value
    try:
        return mended(json_text.loads_as_it_is(value)) if readable else json_text.loads(value, name)
    except ValueError as error:
        raise BadUserInput(f"{name} must be JSON, or text that holds JSON, but {error}.") from error


def as_object(given: Given, name: str) -> dict[str, Any] | None:
    """A JSON input that must be an object or null. Raises BadUserInput."""
    value = as_json(given[name], name) if given.get(name) is not None else None
    if not isinstance(value, dict | None):
        raise BadUserInput(f'{name} must be an object such as {{"x": 1}}, or null.')
    return value


def flow_mutations(payloads: Payloads) -> tuple[Mutation, ...]:
    """The mutations of projects and flows."""
    flow_id = Input("flow_id", UUID, "The flow.", _YES)
    registration = (
        Input("project_id", UUID, "The project to register it in; the default one if null."),
        Input("version_group_id", GraphQLString, "The group to add a version to; found by name if absent."),
        Input("set_schedule_active", GraphQLBoolean, "Whether to switch its schedule on."),
        Input("idempotency_key", GraphQLString, "Given again, it answers the flow that it registered last."),
        Input("description", GraphQLString, "What the flow does.", readable=True),
    )
    serialized = Input("serialized_flow", JSON, 'The flow; `{"name": "My Flow"}` is enough.', _YES)
    compressed = Input("serialized_flow", GraphQLString, "base64 of gzip of the flow's JSON.", _YES)
    return (
        Mutation(
            "create_project",
            "Make a project.",
            (
                Input("name", GraphQLString, "Its name, unique in the tenant.", _YES),
                Input("description", GraphQLString, "What it is for.", readable=True),
                Input("tenant_id", UUID, "The caller's tenant; need not be given."),
            ),
            payloads.project,
            _create_project,
        ),
        Mutation(
            "create_flow",
            "Register a flow: the next version of its group, whose version before is archived.",
            (serialized, *registration),
            payloads.flow,
            _create_flow,
        ),
        Mutation(
            "create_flow_from_compressed_string",
            "Register a flow, as `create_flow` does, from compressed text.",
            (compressed, *registration),
            payloads.flow,
            _create_flow_compressed,
        ),
        Mutation(
            "archive_flow",
            "Archive a version of a flow: no run of it can be created any more.",
            (flow_id,),
            payloads.flow_change,
            _archive_flow,
        ),
        Mutation(
            "register_tasks",
            "Add tasks to a flow; those whose slug is known stay as they are.",
            (flow_id, Input("serialized_tasks", JSON, "Serialized tasks; clients send 500 at a time.", _YES)),
            payloads.success,
            _register_tasks,
            camel_case=False,
        ),
        Mutation(
            "register_edges",
            "Add edges to a flow; those that are known stay as they are.",
            (flow_id, Input("serialized_edges", JSON, "Serialized edges; clients send 500 at a time.", _YES)),
            payloads.success,
            _register_edges,
            camel_case=False,
        ),
        Mutation(
            "set_schedule_active",
            "Switch a flow's schedule on.",
            (flow_id,),
            payloads.success,
            _set_schedule_active,
            camel_case=False,
        ),
    )
