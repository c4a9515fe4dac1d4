"""Mutations of projects that are there, and of tenants."""

from typing import Final

from graphql import GraphQLString

from graphql_api.language.scalars import UUID
from graphql_api.mutations.dialects import Input, Mutation, Required
from graphql_api.mutations.flows import Given
from graphql_api.mutations.payloads import Payloads
from operations.context import Context
from operations.flows import projects
from operations.flows.deleting import delete_project
from operations.tenants import create_tenant

_YES: Final = Required.YES
_PROJECT_ID: Final = Input("project_id", UUID, "The project.", _YES)


def _delete(context: Context, given: Given) -> Given:
    return _found(delete_project(context, given["project_id"]), given)


def _rename(context: Context, given: Given) -> Given:
    return _found(projects.set_project_name(context, given["project_id"], given["name"]), given)


def _describe(context: Context, given: Given) -> Given:
    found = projects.set_project_description(context, given["project_id"], given.get("description"))
    return _found(found, given)


def _found(found: bool, given: Given) -> Given:
    project_id = given["project_id"]
    return {
        "id": project_id,
        "success": found,
        "error": None if found else f"There is no project {project_id}.",
    }


def _create_tenant(context: Context, given: Given) -> Given:
    return {"id": create_tenant(context, given["slug"])}


def project_mutations(payloads: Payloads) -> tuple[Mutation, ...]:
    """The mutations of projects that are there, and of tenants."""
    return (
        Mutation(
            "delete_project",
            "Delete a project with its flows and their runs, a piece at a time.",
            (_PROJECT_ID,),
            payloads.success,
            _delete,
        ),
        Mutation(
            "set_project_name",
            "Rename a project.",
            (_PROJECT_ID, Input("name", GraphQLString, "Its new name, unique in the tenant.", _YES)),
            payloads.project_change,
            _rename,
        ),
        Mutation(
            "set_project_description",
            "Say what a project is for.",
            (
                _PROJECT_ID,
                Input("description", GraphQLString, "What it is for; null takes it away.", readable=True),
            ),
            payloads.project_change,
            _describe,
        ),
        Mutation(
            "create_tenant",
            "Answer the deployment's tenant, if it is the one that is asked for.",
            (
                Input("name", GraphQLString, "Its name; the deployment's stays as it is.", _YES),
                Input("slug", GraphQLString, "The slug of the deployment's tenant.", _YES),
            ),
            payloads.tenant,
            _create_tenant,
            camel_case=False,
        ),
    )
