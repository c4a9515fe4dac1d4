"""The entity of the artifacts of task runs."""

from typing import Final

from operations.reads.entities.description import (
    ID,
    JSON,
    STRING,
    TENANT_ID,
    TIMES,
    TO_TENANT,
    UUID,
    Column,
    Entity,
    Relation,
    named,
)
from operations.reads.plans.task_runs.artifact_plans import plan_artifacts

TASK_RUN_ARTIFACT: Final = Entity(
    "task_run_artifact",
    "A link or a text that is shown with the task run that created it.",
    {
        **ID,
        **TENANT_ID,
        **TIMES,
        "task_run_id": Column(UUID, named("task_run_id"), "The task run that created the artifact."),
        "kind": Column(STRING, named("kind"), "The format of the data, such as `link` or `markdown`."),
        "data": Column(JSON, named("data.value"), "The data to show."),
    },
    {
        **TO_TENANT,
        "task_run": Relation(
            "task_run", "The task run that created the artifact.", id_column="task_run_id", nullable=True
        ),
    },
    plan=plan_artifacts,
    leads=("id", "task_run_id", "task_run"),
)
