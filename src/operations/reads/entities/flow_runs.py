"""The entities of flow runs and their states."""

from typing import Final

from domain.parts import Part
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
    named,
)
from operations.reads.entities.histories import (
    STATE_COLUMNS,
    state_entity,
    states_relation,
)
from operations.reads.plans.run_plans import plan_flow_runs
from operations.reads.plans.state_plans import plan_flow_run_states, states_of_flow_run

FLOW_RUN: Final = Entity(
    "flow_run",
    "One run of a flow.",
    {
        **ID,
        **TENANT_ID,
        **TIMES,
        **STATE_COLUMNS,
        "name": Column(STRING, named("name"), "Its name; need not be unique."),
        "flow_id": Column(UUID, named("flow_id"), "The version of the flow that it runs."),
        "flow_group_id": Column(UUID, named("flow_group_id"), "The group of all versions of that flow."),
        "labels": Column(JSON, named("labels"), "Agents with all of these may take it."),
        "auto_scheduled": Column(BOOLEAN, named("auto_scheduled"), "Whether a schedule made it."),
        "scheduled_start_time": Column(TIME, named("scheduled_start_time"), "When it was meant to start."),
        "parameters": Column(
            JSON,
            named("inputs.parameters"),
            "Its parameters, defaults included.",
            Part.INPUTS,
        ),
        "context": Column(JSON, named("inputs.context"), "Values put into its context.", Part.INPUTS),
        "run_config": Column(
            JSON, named("inputs.run_config"), "How it is executed.", Part.INPUTS, nullable=True
        ),
        "idempotency_key": Column(
            STRING, named("inputs.idempotency_key"), "The key it was made with.", Part.INPUTS, nullable=True
        ),
        "times_resurrected": Column(
            INT, named("times_resurrected"), "How often it was scheduled anew after it had died."
        ),
        "agent_id": Column(UUID, named("agent_id"), "The agent that submitted it last.", nullable=True),
    },
    {
        **TO_TENANT,
        "flow": Relation("flow", "The version of the flow that it runs.", id_column="flow_id", nullable=True),
        "agent": Relation("agent", "The agent that submitted it last.", id_column="agent_id", nullable=True),
        "states": states_relation("flow_run", states_of_flow_run),
        "logs": Relation(
            "log", "What it, its task runs and its agent said.", many=True, owner_column="flow_run_id"
        ),
        "task_runs": Relation(
            "task_run", "The runs of its tasks, begun or not.", many=True, owner_column="flow_run_id"
        ),
    },
    plan=plan_flow_runs,
    leads=("id", "flow_id", "flow_group_id", "flow", "state"),
    newest_by="created",
)

FLOW_RUN_STATE: Final = state_entity("flow_run", "flow run", plan_flow_run_states)
