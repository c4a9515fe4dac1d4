"""The entities of flow runs and their states."""

from typing import Final

from domain.parts import Part
from operations.reads.counts.counts import COUNTING_OF_RUNS
from operations.reads.entities.description import (
    BOOLEAN,
    ID,
    INT,
    JSON,
    STRING,
    TENANT_ID,
    TIME,
    TIMES,
    TO_TENANT,
    UUID,
    Column,
    Entity,
    Relation,
    created_by,
    named,
)
from operations.reads.entities.histories import (
    STATE_COLUMNS,
    state_entity,
    states_relation,
)
from operations.reads.plans.flow_runs.run_plans import plan_flow_runs
from operations.reads.plans.task_runs.state_plans import plan_flow_run_states, states_of_flow_run

FLOW_RUN: Final = Entity(
    "flow_run",
    "One run of a flow.",
    {
        **ID,
        **TENANT_ID,
        **TIMES,
        **STATE_COLUMNS,
        "name": Column(STRING, named("name"), "The flow run's name; need not be unique."),
        "flow_id": Column(UUID, named("flow_id"), "The version of the flow that the flow run executes."),
        "flow_group_id": Column(UUID, named("flow_group_id"), "The group of all versions of the flow."),
        "labels": Column(
            JSON, named("labels"), "The flow run's labels: an agent with all of them may take the flow run."
        ),
        "auto_scheduled": Column(
            BOOLEAN, named("auto_scheduled"), "True if a schedule created the flow run."
        ),
        "scheduled_start_time": Column(TIME, named("scheduled_start_time"), "The planned start time."),
        "parameters": Column(
            JSON,
            named("inputs.parameters"),
            "The parameters, defaults included.",
            Part.INPUTS,
        ),
        "context": Column(
            JSON,
            named("inputs.context"),
            "The values that were put into the flow run's context.",
            Part.INPUTS,
        ),
        "run_config": Column(
            JSON,
            named("inputs.run_config"),
            "The configuration of the flow run's execution.",
            Part.INPUTS,
            nullable=True,
        ),
        "idempotency_key": Column(
            STRING,
            named("inputs.idempotency_key"),
            "The key that the flow run was created with.",
            Part.INPUTS,
            nullable=True,
        ),
        "times_resurrected": Column(
            INT,
            named("times_resurrected"),
            "The number of times that the flow run was rescheduled after its process died.",
        ),
        "agent_id": Column(
            UUID, named("agent_id"), "The agent that submitted the flow run last.", nullable=True
        ),
        **created_by(
            "created_by",
            "Who created the flow run: the name of an API key, `operator`, `anonymous`, `schedule`, "
            "`backfill` or `event`",
        ),
    },
    {
        **TO_TENANT,
        "flow": Relation(
            "flow", "The version of the flow that the flow run executes.", id_column="flow_id", nullable=True
        ),
        "agent": Relation(
            "agent", "The agent that submitted the flow run last.", id_column="agent_id", nullable=True
        ),
        "states": states_relation("flow_run", states_of_flow_run),
        "logs": Relation(
            "log",
            "The log entries of the flow run, its task runs and its agent.",
            many=True,
            owner_column="flow_run_id",
        ),
        "task_runs": Relation(
            "task_run", "The runs of the flow's tasks, begun or not.", many=True, owner_column="flow_run_id"
        ),
    },
    plan=plan_flow_runs,
    counting=COUNTING_OF_RUNS,
    leads=("id", "name", "flow_id", "flow_group_id", "flow", "state"),
    newest_by="created",
)

FLOW_RUN_STATE: Final = state_entity("flow_run", "flow run", plan_flow_run_states)
