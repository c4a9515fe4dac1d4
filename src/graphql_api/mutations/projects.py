"""Mutations of projects."""

from typing import Any, Final

from graphql_api.mutations.dialects import Mutation
from graphql_api.mutations.inputs import ID, TENANT_ID, TEXT, MutationInput, optional, required
from graphql_api.mutations.payloads import Payload, Payloads, found
from operations import tenants
from operations.context import Context
from operations.flows import projects

_UNIQUE_NAME: Final = "The project's name, unique in the tenant."


class CreateProjectInput(MutationInput):
    """A new project."""

    name = required(TEXT, _UNIQUE_NAME)
    description = optional(TEXT, "The project's purpose.", readable=True)
    tenant_id = TENANT_ID


class ProjectInput(MutationInput):
    """The id of a project."""

    project_id = required(ID, "The project.")


class SetProjectNameInput(ProjectInput):
    """A new name."""

    name = required(TEXT, "The project's new name, unique in the tenant.")


class SetProjectDescriptionInput(ProjectInput):
    """A new description."""

    description = optional(TEXT, "The project's purpose; null removes it.", readable=True)


def project_mutations(payloads: Payloads) -> tuple[Mutation[Any], ...]:
    """Return the mutations of projects."""
    return (
        Mutation("create_project", "Create a project.", CreateProjectInput, payloads.project, _create),
        Mutation(
            "delete_project",
            "Delete a project with its flows and their runs, step by step.",
            ProjectInput,
            payloads.success,
            _delete,
        ),
        Mutation(
            "set_project_name", "Rename a project.", SetProjectNameInput, payloads.project_change, _rename
        ),
        Mutation(
            "set_project_description",
            "Describe a project.",
            SetProjectDescriptionInput,
            payloads.project_change,
            _describe,
        ),
    )


def _create(context: Context, given: CreateProjectInput) -> Payload:
    tenants.check_tenant(context, given.tenant_id)
    return {"id": projects.create_project(context, name=given.name, description=given.description)}


def _delete(context: Context, given: ProjectInput) -> Payload:
    from operations.flows.deleting import delete_project

    return _changed(delete_project(context, given.project_id), given)


def _rename(context: Context, given: SetProjectNameInput) -> Payload:
    return _changed(projects.set_project_name(context, given.project_id, given.name), given)


def _describe(context: Context, given: SetProjectDescriptionInput) -> Payload:
    is_found = projects.set_project_description(context, given.project_id, given.description)
    return _changed(is_found, given)


def _changed(is_found: bool, given: ProjectInput) -> Payload:
    return {"id": given.project_id, **found(is_found, "project", given.project_id)}
