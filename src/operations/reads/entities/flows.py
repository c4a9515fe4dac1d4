"""The entities of projects, flow groups, flows, tasks and the edges between tasks."""

from collections.abc import Callable
from typing import Any, Final

from domain.flows.flows import Flow
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
from operations.reads.plans.edge_plans import (
    downstream_edges_of_tasks,
    edges_in,
    plan_edges,
    upstream_edges_of_tasks,
)
from operations.reads.plans.flow_group_plans import plan_flow_groups
from operations.reads.plans.flow_plans import plan_flows
from operations.reads.plans.project_plans import plan_projects
from operations.reads.plans.task_plans import plan_tasks, tasks_of_flows


def _outline(name: str) -> Callable[[Flow], Any]:
    return lambda flow: flow.outline.get(name)


PROJECT: Final = Entity(
    "project",
    "A folder of flows.",
    {
        **ID,
        **TENANT_ID,
        **TIMES,
        "name": Column(STRING, named("name"), "Its name, unique in the tenant."),
        "description": Column(STRING, named("description"), "What it is for.", nullable=True),
    },
    {
        **TO_TENANT,
        "flows": Relation("flow", "Its flows, all versions of each.", many=True, owner_column="project_id"),
    },
    plan=plan_projects,
)

FLOW_GROUP: Final = Entity(
    "flow_group",
    "All versions of one flow.",
    {
        **ID,
        **TENANT_ID,
        "name": Column(STRING, named("version_group_id"), "The version group's id, as clients give it."),
        "description": Column(STRING, named("description"), "What the flow is for.", nullable=True),
        "labels": Column(
            JSON,
            named("labels"),
            "Labels that replace those of its flows; null inherits them.",
            nullable=True,
        ),
        "run_config": Column(
            JSON, named("run_config"), "How its runs are executed; null: as its flows say.", nullable=True
        ),
        "default_parameters": Column(
            JSON, named("default_parameters"), "Parameters over the defaults of its flows."
        ),
        "settings": Column(JSON, named("settings"), "Switches for its runs."),
    },
    {
        **TO_TENANT,
        "flows": Relation("flow", "Every version of the flow.", many=True, owner_column="flow_group_id"),
        "flow_runs": Relation(
            "flow_run", "The runs of all versions.", many=True, owner_column="flow_group_id"
        ),
    },
    plan=plan_flow_groups,
)

FLOW: Final = Entity(
    "flow",
    "One version of a registered flow.",
    {
        **ID,
        **TENANT_ID,
        **TIMES,
        "name": Column(STRING, named("name"), "Its name."),
        "version": Column(INT, named("version"), "1 for the first of its group, then counting up."),
        "archived": Column(BOOLEAN, named("archived"), "Whether runs of it can no longer be created."),
        "project_id": Column(UUID, named("project_id"), "The project that it is in."),
        "flow_group_id": Column(UUID, named("flow_group_id"), "The group of all its versions."),
        "version_group_id": Column(STRING, named("version_group_id"), "The same group, as clients name it."),
        "description": Column(STRING, named("description"), "What it does.", nullable=True),
        "parameters": Column(
            JSON, named("parameters"), "Its parameters, each with name, required and default."
        ),
        "storage": Column(JSON, _outline("storage"), "Where its code is.", nullable=True),
        "environment": Column(
            JSON, _outline("environment"), "How it is executed, before release 0.14.", nullable=True
        ),
        "run_config": Column(
            JSON, _outline("run_config"), "How it is executed, from release 0.13.10 on.", nullable=True
        ),
        "schedule": Column(
            JSON, _outline("schedule"), "When it is meant to run by itself, as serialized.", nullable=True
        ),
        "core_version": Column(
            STRING, named("core_version"), "The release of Prefect Core that made it.", nullable=True
        ),
        "is_schedule_active": Column(
            BOOLEAN, named("is_schedule_active"), "Whether its schedule is switched on; it makes no runs yet."
        ),
        "settings": Column(JSON, named("settings"), "Switches for its runs: its group's.", Part.SETTINGS),
        "serialized_flow": Column(
            JSON,
            lambda value: value.serialized,
            "The whole flow, as it was registered.",
            Part.SERIALIZED,
            nullable=True,
        ),
    },
    {
        **TO_TENANT,
        "project": Relation("project", "The project that it is in.", id_column="project_id", nullable=True),
        "flow_group": Relation(
            "flow_group", "The group of all its versions.", id_column="flow_group_id", nullable=True
        ),
        "tasks": Relation(
            "task", "Its tasks, in the order they were registered.", many=True, load=tasks_of_flows
        ),
        "edges": Relation(
            "edge",
            "What its tasks hand on to one another.",
            many=True,
            part=Part.SERIALIZED,
            contained=edges_in,
        ),
        "flow_runs": Relation("flow_run", "Its runs.", many=True, owner_column="flow_id"),
    },
    plan=plan_flows,
    leads=("id", "flow_group_id", "name", "project", "project_id"),
)

TASK: Final = Entity(
    "task",
    "A task of a flow.",
    {
        **ID,
        **TENANT_ID,
        "created": Column(TIME, named("created"), "When its flow was registered."),
        "flow_id": Column(UUID, named("flow_id"), "The flow that it is a task of."),
        "slug": Column(STRING, named("slug"), "What tells it from the flow's other tasks."),
        "name": Column(STRING, named("name"), "Its name; need not be unique.", nullable=True),
        "description": Column(STRING, named("description"), "What it does.", nullable=True),
        "type": Column(STRING, named("type"), "Its class, as a dotted path.", nullable=True),
        "trigger": Column(
            STRING, named("trigger"), "The function that decides whether it runs.", nullable=True
        ),
        "max_retries": Column(INT, named("max_retries"), "How often it is run again when it fails."),
        "retry_delay": Column(
            STRING, named("retry_delay"), "How long to wait before that, HH:MM:SS.", nullable=True
        ),
        "mapped": Column(BOOLEAN, named("mapped"), "Whether it is mapped over what comes before it."),
        "auto_generated": Column(BOOLEAN, named("auto_generated"), "Whether Core made it by itself."),
        "tags": Column(JSON, named("tags"), "Its tags."),
        "cache_key": Column(STRING, named("cache_key"), "By which cached results are shared.", nullable=True),
    },
    {
        **TO_TENANT,
        "flow": Relation("flow", "The flow that it is a task of.", id_column="flow_id", nullable=True),
        "upstream_edges": Relation(
            "edge", "The edges that lead to it.", many=True, load=upstream_edges_of_tasks
        ),
        "downstream_edges": Relation(
            "edge", "The edges that lead away from it.", many=True, load=downstream_edges_of_tasks
        ),
        "task_runs": Relation(
            "task_run", "Its runs, mapped children included.", many=True, owner_column="task_id"
        ),
    },
    plan=plan_tasks,
)

EDGE: Final = Entity(
    "edge",
    "One task of a flow comes before another, and may hand its result on to it.",
    {
        **ID,
        "flow_id": Column(UUID, named("flow_id"), "The flow."),
        "upstream_task_id": Column(UUID, lambda edge: edge.upstream.id, "The task that comes first."),
        "downstream_task_id": Column(UUID, lambda edge: edge.downstream.id, "The task that comes after it."),
        "key": Column(
            STRING, named("key"), "As which of its inputs the later one takes the result.", nullable=True
        ),
        "mapped": Column(BOOLEAN, named("mapped"), "Whether the later one is mapped over the result."),
    },
    {
        "flow": Relation("flow", "The flow.", id_column="flow_id", nullable=True),
        "upstream_task": Relation("task", "The task that comes first.", contained=named("upstream")),
        "downstream_task": Relation("task", "The task that comes after it.", contained=named("downstream")),
    },
    by_id=False,
    plan=plan_edges,
)
