"""Concurrency limits."""

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

_COUNTS: Final = {
    "limit": Column(INT, named("slots"), "How many may run at a time."),
    "used": Column(INT, named("used"), "How many run now; more than the limit after it was lowered."),
}

TASK_TAG_LIMIT: Final = Entity(
    "task_tag_limit",
    "How many task runs whose task has a tag may be Running at a time.",
    {**ID, **TENANT_ID, **TIMES, "tag": Column(STRING, named("name"), "The tag."), **_COUNTS},
    TO_TENANT,
)

FLOW_CONCURRENCY_LIMIT: Final = Entity(
    "flow_concurrency_limit",
    "How many flow runs with a label may be Running at a time.",
    {**ID, **TENANT_ID, **TIMES, "name": Column(STRING, named("name"), "The label."), **_COUNTS},
    TO_TENANT,
)
