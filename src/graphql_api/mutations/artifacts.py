"""Mutations of the artifacts of task runs."""

from typing import Final

from graphql import GraphQLString

from domain.errors import BadUserInput
from graphql_api.language.scalars import JSON, UUID
from graphql_api.mutations.dialects import Input, Mutation, Required
from graphql_api.mutations.flows import Given, as_json
from graphql_api.mutations.payloads import Payloads
from operations.context import Context
from operations.task_runs import artifacts
from operations.tenants import check_tenant

_YES = Required.YES
_ID: Final = Input("task_run_artifact_id", UUID, "The artifact.", _YES)
_DATA: Final = Input("data", JSON, 'What is to be shown, such as `{link: "https://…"}`.', _YES, readable=True)


def _create(context: Context, given: Given) -> Given:
    check_tenant(context, given.get("tenant_id"))
    found = artifacts.create_task_run_artifact(context, given["task_run_id"], given["kind"], _data(given))
    return {"id": found}


def _update(context: Context, given: Given) -> Given:
    found = artifacts.update_task_run_artifact(context, given["task_run_artifact_id"], _data(given))
    return _success(given, found=found)


def _delete(context: Context, given: Given) -> Given:
    return _success(given, found=artifacts.delete_task_run_artifact(context, given["task_run_artifact_id"]))


def _data(given: Given) -> object:
    data = as_json(given["data"], "data", readable=True)
    if data is None:
        raise BadUserInput("data must not be null.")
    return data


def _success(given: Given, *, found: bool) -> Given:
    identifier = given["task_run_artifact_id"]
    return {"success": found, "error": None if found else f"There is no task_run_artifact {identifier}."}


def artifact_mutations(payloads: Payloads) -> tuple[Mutation, ...]:
    """The mutations of artifacts."""
    return (
        Mutation(
            "create_task_run_artifact",
            "Keep something to be shown with a task run.",
            (
                Input("task_run_id", UUID, "The task run.", _YES),
                Input("kind", GraphQLString, "How its data is meant, such as `link` or `markdown`.", _YES),
                _DATA,
                Input("tenant_id", UUID, "The caller's tenant; need not be given."),
            ),
            payloads.task_run_artifact,
            _create,
        ),
        Mutation(
            "update_task_run_artifact",
            "Put other data in an artifact.",
            (_ID, _DATA),
            payloads.success,
            _update,
        ),
        Mutation("delete_task_run_artifact", "Delete an artifact.", (_ID,), payloads.success, _delete),
    )
