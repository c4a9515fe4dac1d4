"""The entity of log entries."""

from collections.abc import Callable
from typing import Any, Final

from domain.task_runs.logs import KeptEntry
from operations.reads.entities.description import JSON, STRING, TIME, UUID, Column, Entity, Relation, named
from operations.reads.plans.task_runs.log_plans import plan_logs


def _of_entry(name: str) -> Callable[[KeptEntry], Any]:
    return named(f"entry.{name}")


LOG: Final = Entity(
    "log",
    "A log entry of a flow run, a task run or an agent.",
    {
        "id": Column(UUID, named("id"), "The id of the row."),
        "flow_run_id": Column(UUID, _of_entry("flow_run_id"), "The flow run."),
        "task_run_id": Column(
            UUID, _of_entry("task_run_id"), "The task run that logged the entry, if any.", nullable=True
        ),
        "timestamp": Column(TIME, _of_entry("timestamp"), "The time of logging."),
        "created": Column(TIME, _of_entry("timestamp"), "The time of logging: the same as `timestamp`."),
        "name": Column(STRING, _of_entry("name"), "The logger's name.", nullable=True),
        "level": Column(STRING, _of_entry("level"), "The level of the entry."),
        "message": Column(STRING, _of_entry("message"), "The message; never null."),
        "info": Column(JSON, named("info"), "Further data from the client.", nullable=True),
    },
    {
        "flow_run": Relation("flow_run", "The flow run.", id_column="flow_run_id", nullable=True),
        "task_run": Relation(
            "task_run", "The task run that logged the entry, if any.", id_column="task_run_id", nullable=True
        ),
    },
    plan=plan_logs,
    leads=("id", "flow_run_id", "task_run_id"),
)
