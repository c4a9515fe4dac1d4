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
from operations.reads.plans.artifact_plans import plan_artifacts

TASK_RUN_ARTIFACT: Final = Entity(
    "task_run_artifact",
    "Something to be shown with the task run that made it: a link, a text.",
    {
        **ID,
        **TENANT_ID,
        **TIMES,
        "task_run_id": Column(UUID, named("task_run_id"), "The task run that made it."),
        "kind": Column(STRING, named("kind"), "How its data is meant, such as `link` or `markdown`."),
        "data": Column(JSON, named("data"), "What is to be shown."),
    },
    {
        **TO_TENANT,
        "task_run": Relation(
            "task_run", "The task run that made it.", id_column="task_run_id", nullable=True
        ),
    },
    plan=plan_artifacts,
    leads=("id", "task_run_id", "task_run"),
)
