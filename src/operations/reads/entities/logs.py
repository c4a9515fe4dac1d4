"""The entity of log entries."""

from collections.abc import Callable
from typing import Any, Final

from domain.task_runs.logs import KeptEntry
from operations.reads.entities.description import JSON, STRING, TIME, UUID, Column, Entity, Relation, named
from operations.reads.plans.log_plans import plan_logs


def _of_entry(name: str) -> Callable[[KeptEntry], Any]:
    return lambda kept: getattr(kept.entry, name)


LOG: Final = Entity(
    "log",
    "What a run, a task run or their agent said.",
    {
        "id": Column(UUID, named("id"), "Its identifier."),
        "flow_run_id": Column(UUID, _of_entry("flow_run_id"), "The flow run."),
        "task_run_id": Column(UUID, _of_entry("task_run_id"), "The task run, if one said it.", nullable=True),
        "timestamp": Column(TIME, _of_entry("timestamp"), "When it was said."),
        "created": Column(TIME, _of_entry("timestamp"), "The same instant."),
        "name": Column(STRING, _of_entry("name"), "The logger's name.", nullable=True),
        "level": Column(STRING, _of_entry("level"), "How grave it is."),
        "message": Column(STRING, _of_entry("message"), "What was said; never null."),
        "info": Column(JSON, _of_entry("info"), "Whatever the client had to add.", nullable=True),
    },
    {
        "task_run": Relation(
            "task_run", "The task run, if one said it.", id_column="task_run_id", nullable=True
        )
    },
    plan=plan_logs,
    leads=("id", "flow_run_id", "task_run_id"),
)
