"""The entities of concurrency limits: of task runs by tag, and of flow runs by label."""

from typing import Final

from operations.reads.entities.description import (
    ID,
    INT,
    STRING,
    TENANT_ID,
    TIMES,
    TO_TENANT,
    Column,
    Entity,
    named,
)
from operations.reads.plans.limit_plans import plan_flow_concurrency_limits, plan_task_tag_limits

_COLUMNS: Final = {
    **ID,
    **TENANT_ID,
    **TIMES,
    "limit": Column(INT, named("limit"), "The maximum number of runs that may be Running at a time."),
    "used": Column(INT, named("used"), "The number of runs that hold a slot now."),
}

TASK_TAG_LIMIT: Final = Entity(
    "task_tag_limit",
    "The limit of Running runs of tasks with one tag.",
    {**_COLUMNS, "tag": Column(STRING, named("name"), "The tag.")},
    TO_TENANT,
    plan=plan_task_tag_limits,
)

FLOW_CONCURRENCY_LIMIT: Final = Entity(
    "flow_concurrency_limit",
    "The limit of Running flow runs with one label.",
    {**_COLUMNS, "name": Column(STRING, named("name"), "The label.")},
    TO_TENANT,
    plan=plan_flow_concurrency_limits,
)
