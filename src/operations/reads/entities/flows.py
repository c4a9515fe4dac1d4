"""The entities of projects, flow groups, and flows: the versions of a group."""

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
    TIMES,
    TO_TENANT,
    UUID,
    Column,
    Entity,
    Relation,
    created_by,
    named,
)
from operations.reads.plans.flows.edge_plans import (
    edges_in,
)
from operations.reads.plans.flows.flow_counts import COUNTING_OF_FLOWS
from operations.reads.plans.flows.flow_group_plans import plan_flow_groups
from operations.reads.plans.flows.flow_plans import plan_flows
from operations.reads.plans.flows.project_plans import plan_projects
from operations.reads.plans.flows.task_plans import tasks_of_flows


def _outline(name: str) -> Callable[[Flow], Any]:
    return lambda flow: flow.outline.get(name)


PROJECT: Final = Entity(
    "project",
    "A folder of flows.",
    {
        **ID,
        **TENANT_ID,
        **TIMES,
        "name": Column(STRING, named("name"), "The project's name, unique in the tenant."),
        "description": Column(STRING, named("description"), "The project's purpose.", nullable=True),
    },
    {
        **TO_TENANT,
        "flows": Relation(
            "flow", "The project's flows, with all versions.", many=True, owner_column="project_id"
        ),
    },
    plan=plan_projects,
)

FLOW_GROUP: Final = Entity(
    "flow_group",
    "All versions of one flow.",
    {
        **ID,
        **TENANT_ID,
        "name": Column(STRING, named("version_group_id"), "The id of the version group, as clients give it."),
        "project_id": Column(UUID, named("project_id"), "The project of the flow."),
        "description": Column(STRING, named("description"), "The flow's purpose.", nullable=True),
        "labels": Column(
            JSON,
            named("labels"),
            "Labels that replace the labels of the group's flows; null keeps the flows' labels.",
            Part.OVERRIDES,
            nullable=True,
        ),
        "run_config": Column(
            JSON,
            named("run_config"),
            "The configuration of new runs; null keeps the flows' configuration.",
            Part.OVERRIDES,
            nullable=True,
        ),
        "default_parameters": Column(
            JSON,
            named("default_parameters"),
            "Parameters that replace the flows' defaults of the same names.",
            Part.OVERRIDES,
        ),
        "schedule": Column(
            JSON,
            named("schedule"),
            "The schedule that replaces those of the flows; null keeps the flows' schedules.",
            Part.OVERRIDES,
            nullable=True,
        ),
        "settings": Column(JSON, named("settings"), "Switches for the runs of the group."),
    },
    {
        **TO_TENANT,
        "project": Relation("project", "The project of the flow.", id_column="project_id", nullable=True),
        "flows": Relation("flow", "The versions of the flow.", many=True, owner_column="flow_group_id"),
        "flow_runs": Relation(
            "flow_run", "The runs of all versions.", many=True, owner_column="flow_group_id"
        ),
        "occurrences": Relation(
            "occurrence",
            "The occurrences of the schedule that did not run.",
            many=True,
            owner_column="flow_group_id",
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
        "name": Column(STRING, named("name"), "The flow's name."),
        "version": Column(INT, named("version"), "The version of the flow; the first in a group is 1."),
        "archived": Column(BOOLEAN, named("archived"), "True if no more runs of the version can be created."),
        "project_id": Column(UUID, named("project_id"), "The project of the flow."),
        "flow_group_id": Column(UUID, named("flow_group_id"), "The group of all versions of the flow."),
        "version_group_id": Column(
            STRING, named("version_group_id"), "The id of the version group, as clients give it."
        ),
        "description": Column(
            STRING, named("description"), "The flow's purpose.", Part.OUTLINE, nullable=True
        ),
        "parameters": Column(
            JSON,
            named("parameters"),
            "The flow's parameters, each with name, required and default.",
            Part.OUTLINE,
        ),
        "storage": Column(
            JSON, _outline("storage"), "The storage of the flow's code.", Part.OUTLINE, nullable=True
        ),
        "environment": Column(
            JSON,
            _outline("environment"),
            "The configuration of the flow's execution, before release 0.14.",
            Part.OUTLINE,
            nullable=True,
        ),
        "run_config": Column(
            JSON,
            _outline("run_config"),
            "The configuration of the flow's execution, from release 0.13.10 on.",
            Part.OUTLINE,
            nullable=True,
        ),
        "schedule": Column(
            JSON, _outline("schedule"), "The flow's schedule, as serialized.", Part.OUTLINE, nullable=True
        ),
        "core_version": Column(
            STRING,
            named("core_version"),
            "The release of Prefect Core that serialized the flow.",
            Part.OUTLINE,
            nullable=True,
        ),
        **created_by(
            "author", "Who registered the version: the name of an API key, `operator` or `anonymous`"
        ),
        "is_schedule_active": Column(
            BOOLEAN,
            named("is_schedule_active"),
            "True if the flow's schedule is switched on.",
        ),
        "schedule_fault": Column(
            STRING,
            named("schedule_fault"),
            "The reason why the schedule that is switched on makes no runs; null if it makes them.",
            Part.SCHEDULE,
            nullable=True,
        ),
        "settings": Column(
            JSON, named("settings"), "Switches for the flow's runs: the group's switches.", Part.SETTINGS
        ),
        "serialized_flow": Column(
            JSON,
            lambda value: value.serialized,
            "The whole flow, as registered.",
            Part.SERIALIZED,
            nullable=True,
        ),
    },
    {
        **TO_TENANT,
        "project": Relation("project", "The project of the flow.", id_column="project_id", nullable=True),
        "flow_group": Relation(
            "flow_group", "The group of all versions of the flow.", id_column="flow_group_id", nullable=True
        ),
        "tasks": Relation(
            "task", "The flow's tasks, in the order of their registration.", many=True, load=tasks_of_flows
        ),
        "edges": Relation(
            "edge",
            "The edges between the flow's tasks.",
            many=True,
            part=Part.SERIALIZED,
            contained=edges_in,
        ),
        "flow_runs": Relation("flow_run", "The runs of the version.", many=True, owner_column="flow_id"),
    },
    plan=plan_flows,
    counting=COUNTING_OF_FLOWS,
    leads=("id", "flow_group_id", "version_group_id", "flow_group", "name", "project", "project_id"),
)
