"""Flow runs and their states."""

from collections.abc import Callable
from typing import Any, Final

from domain.flow_runs.flow_runs import FlowRun
from operations.reads.entities.description import (
    BOOLEAN,
    DETAILS,
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
    states_of_flow_run,
    states_relation,
)


def _detail(name: str) -> Callable[[FlowRun], Any]:
    return lambda run: run.details.get(name)


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
            JSON, lambda run: run.details.get("parameters", {}), "Its parameters, defaults included.", DETAILS
        ),
        "context": Column(
            JSON, lambda run: run.details.get("context", {}), "Values put into its context.", DETAILS
        ),
        "run_config": Column(JSON, _detail("run_config"), "How it is executed.", DETAILS),
        "idempotency_key": Column(STRING, _detail("idempotency_key"), "The key it was made with.", DETAILS),
        "times_resurrected": Column(
            INT, named("times_resurrected"), "How often it was scheduled anew after it had died."
        ),
        "agent_id": Column(UUID, named("agent_id"), "The agent that submitted it last."),
    },
    {
        **TO_TENANT,
        "flow": Relation("flow", "The version of the flow that it runs.", column="flow_id"),
        "agent": Relation("agent", "The agent that submitted it last.", column="agent_id"),
        "states": states_relation("flow_run", states_of_flow_run),
        "logs": Relation("log", "What it, its task runs and its agent said.", many=True, by="flow_run_id"),
        "task_runs": Relation(
            "task_run", "The runs of its tasks, begun or not.", many=True, by="flow_run_id"
        ),
    },
)

FLOW_RUN_STATE: Final = state_entity("flow_run", "flow run")
