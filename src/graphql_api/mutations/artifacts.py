"""Mutations of the artifacts of task runs."""

from typing import Any, Final

from domain.errors import BadUserInput
from graphql_api.mutations.dialects import Mutation
from graphql_api.mutations.inputs import (
    ID,
    JSON_VALUE,
    TASK_RUN_ID,
    TENANT_ID,
    TEXT,
    MutationInput,
    as_json,
    required,
)
from graphql_api.mutations.payloads import Payload, Payloads, found
from operations.context import Context
from operations.task_runs import artifacts
from operations.tenants import check_tenant

_DATA: Final = required(JSON_VALUE, 'The data to show, such as `{link: "https://…"}`.', readable=True)


class CreateArtifactInput(MutationInput):
    """A new artifact."""

    task_run_id = TASK_RUN_ID
    kind = required(TEXT, "The format of the data, such as `link` or `markdown`.")
    data = _DATA
    tenant_id = TENANT_ID


class ArtifactInput(MutationInput):
    """The id of an artifact."""

    task_run_artifact_id = required(ID, "The artifact.")


class UpdateArtifactInput(ArtifactInput):
    """New data."""

    data = _DATA


def artifact_mutations(payloads: Payloads) -> tuple[Mutation[Any], ...]:
    """Return the mutations of artifacts."""
    return (
        Mutation(
            "create_task_run_artifact",
            "Create an artifact to be shown with a task run.",
            CreateArtifactInput,
            payloads.task_run_artifact,
            _create,
        ),
        Mutation(
            "update_task_run_artifact",
            "Replace the data of an artifact.",
            UpdateArtifactInput,
            payloads.success,
            _update,
        ),
        Mutation("delete_task_run_artifact", "Delete an artifact.", ArtifactInput, payloads.success, _delete),
    )


def _create(context: Context, given: CreateArtifactInput) -> Payload:
    check_tenant(context, given.tenant_id)
    data = _read_data(context, given.data)
    return {"id": artifacts.create_task_run_artifact(context, given.task_run_id, given.kind, data)}


def _update(context: Context, given: UpdateArtifactInput) -> Payload:
    artifact_id = given.task_run_artifact_id
    is_found = artifacts.update_task_run_artifact(context, artifact_id, _read_data(context, given.data))
    return found(is_found, "task_run_artifact", artifact_id)


def _delete(context: Context, given: ArtifactInput) -> Payload:
    artifact_id = given.task_run_artifact_id
    is_found = artifacts.delete_task_run_artifact(context, artifact_id)
    return found(is_found, "task_run_artifact", artifact_id)


def _read_data(context: Context, value: object) -> object:
    data = as_json(value, "data", context.work.memory, readable=True)
    if data is None:
        raise BadUserInput("data must not be null.")
    return data
