"""Use cases of the artifacts of task runs."""

from typing import Any

from domain.errors import NotFound
from domain.ids import RANDOM_BITS, time_ordered_id
from domain.lazy import Lazy
from domain.names import check_name
from domain.task_runs.artifacts import Artifact
from operations.context import Context
from operations.task_runs.task_runs import get_task_run


def create_task_run_artifact(context: Context, task_run_id: str, kind: str, data: Any) -> str:
    """Store an artifact of a task run; return its id.

    Raises NotFound for an unknown task run, BadUserInput, PayloadTooLarge, ApiError: then nothing is stored.
    """
    check_name(kind, "kind")
    try:
        task_run = get_task_run(context, task_run_id)
    except NotFound as error:
        # Clients look for these words, and ask again.
        raise NotFound(f"Task run {task_run_id} was not found.") from error
    now = context.now()
    artifact = Artifact(
        id=time_ordered_id(now, context.random_bits(RANDOM_BITS)),
        tenant_id=context.tenant.id,
        flow_run_id=task_run.flow_run_id,
        task_run_id=task_run.id,
        kind=kind,
        data=Lazy.of(data),
        created=now,
        updated=now,
    )
    context.store.artifacts.create(artifact)
    return artifact.id


def update_task_run_artifact(context: Context, artifact_id: str, data: Any) -> bool:
    """Replace the data of an artifact; return True if it exists. Raises PayloadTooLarge, ApiError."""
    return context.store.artifacts.update(artifact_id, data, context.now())


def delete_task_run_artifact(context: Context, artifact_id: str) -> bool:
    """Delete an artifact; return True if it existed. Raises ApiError."""
    return context.store.artifacts.delete(artifact_id)
