"""The entities of task runs and their states."""

from typing import Final

from domain.parts import Part
from domain.task_runs.task_runs import TaskRun
from operations.reads.entities.description import (
    ID,
    INT,
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
from operations.reads.entities.histories import (
    STATE_COLUMNS,
    state_entity,
    states_relation,
)
from operations.reads.plans.flows.task_plans import task_of_task_runs
from operations.reads.plans.task_runs.state_plans import plan_task_run_states, states_of_task_run
from operations.reads.plans.task_runs.task_run_plans import plan_task_runs


def _run_count(task_run: TaskRun) -> int:
    """Return how often the task run was Running; a loop inside of one run does not count."""
    types = [entry.state.type for entry in task_run.history]
    return types.count("Running") - types.count("Looped")


TASK_RUN: Final = Entity(
    "task_run",
    "One run of a task, in a flow run.",
    {
        **ID,
        **TENANT_ID,
        **TIMES,
        **STATE_COLUMNS,
        "name": Column(STRING, named("name"), "The task run's name, if one was given.", nullable=True),
        "flow_run_id": Column(UUID, named("flow_run_id"), "The flow run of the task run."),
        "task_id": Column(UUID, named("task_id"), "The task that the task run executes."),
        "map_index": Column(
            INT, named("map_index"), "The index of a mapped child; -1 if the task is not mapped."
        ),
        "cache_key": Column(
            STRING, named("cache_key"), "The key that the cached result is shared under.", nullable=True
        ),
        "run_count": Column(
            INT, _run_count, "The number of Running states, loops not counted.", Part.HISTORY
        ),
    },
    {
        **TO_TENANT,
        "flow_run": Relation(
            "flow_run", "The flow run of the task run.", id_column="flow_run_id", nullable=True
        ),
        "task": Relation(
            "task", "The task that the task run executes.", nullable=True, load=task_of_task_runs
        ),
        "logs": Relation("log", "The log entries of the task run.", many=True, owner_column="task_run_id"),
        "states": states_relation("task_run", states_of_task_run),
    },
    plan=plan_task_runs,
    leads=("id", "flow_run_id", "flow_run", "task_id", "cache_key"),
    newest_by="state_timestamp",
)

TASK_RUN_STATE: Final = state_entity("task_run", "task run", plan_task_run_states)
