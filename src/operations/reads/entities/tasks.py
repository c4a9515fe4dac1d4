"""The entities of tasks and of the edges between them."""

from typing import Final

from operations.reads.entities.description import (
    BOOLEAN,
    ID,
    INT,
    JSON,
    STRING,
    TENANT_ID,
    TIME,
    TO_TENANT,
    UUID,
    Column,
    Entity,
    Relation,
    named,
)
from operations.reads.plans.flows.edge_plans import (
    downstream_edges_of_tasks,
    plan_edges,
    upstream_edges_of_tasks,
)
from operations.reads.plans.flows.task_plans import plan_tasks

TASK: Final = Entity(
    "task",
    "A task of a flow.",
    {
        **ID,
        **TENANT_ID,
        "created": Column(TIME, named("created"), "The time of the flow's registration."),
        "flow_id": Column(UUID, named("flow_id"), "The flow of the task."),
        "slug": Column(STRING, named("slug"), "The task's slug, unique in the flow."),
        "name": Column(STRING, named("name"), "The task's name; need not be unique.", nullable=True),
        "description": Column(STRING, named("description"), "The task's purpose.", nullable=True),
        "type": Column(STRING, named("type"), "The task's class, as a dotted path.", nullable=True),
        "trigger": Column(
            STRING, named("trigger"), "The function that decides if the task runs.", nullable=True
        ),
        "max_retries": Column(INT, named("max_retries"), "The maximum number of retries after a failure."),
        "retry_delay": Column(
            STRING, named("retry_delay"), "The wait before a retry, HH:MM:SS.", nullable=True
        ),
        "mapped": Column(
            BOOLEAN, named("mapped"), "True if the task is mapped over the result of an upstream task."
        ),
        "auto_generated": Column(
            BOOLEAN, named("auto_generated"), "True if Prefect Core created the task by itself."
        ),
        "tags": Column(JSON, named("tags"), "The task's tags."),
        "cache_key": Column(
            STRING, named("cache_key"), "The key by which tasks share cached results.", nullable=True
        ),
    },
    {
        **TO_TENANT,
        "flow": Relation("flow", "The flow of the task.", id_column="flow_id", nullable=True),
        "upstream_edges": Relation(
            "edge", "The edges that lead to the task.", many=True, load=upstream_edges_of_tasks
        ),
        "downstream_edges": Relation(
            "edge", "The edges that lead away from the task.", many=True, load=downstream_edges_of_tasks
        ),
        "task_runs": Relation(
            "task_run", "The runs of the task, mapped children included.", many=True, owner_column="task_id"
        ),
    },
    plan=plan_tasks,
)

DOWNSTREAM_TASK: Final = Entity(
    "downstream_task",
    "A task that is reached along the edges of its flow.",
    {
        "task_id": Column(UUID, lambda found: found.task.id, "The task."),
        "depth": Column(INT, named("depth"), "The length of the longest way to the task; 0 for a start."),
    },
    {"task": Relation("task", "The task.", contained=named("task"))},
    by_id=False,
    plan=None,
)

EDGE: Final = Entity(
    "edge",
    "An order of two tasks of a flow; the upstream task may pass its result to the downstream task.",
    {
        **ID,
        "flow_id": Column(UUID, named("flow_id"), "The flow."),
        "upstream_task_id": Column(
            UUID, lambda edge: edge.upstream.id, "The upstream task, which runs first."
        ),
        "downstream_task_id": Column(
            UUID, lambda edge: edge.downstream.id, "The downstream task, which runs after the upstream task."
        ),
        "key": Column(
            STRING, named("key"), "The input of the downstream task that receives the result.", nullable=True
        ),
        "mapped": Column(BOOLEAN, named("mapped"), "True if the downstream task is mapped over the result."),
    },
    {
        "flow": Relation("flow", "The flow.", id_column="flow_id", nullable=True),
        "upstream_task": Relation(
            "task", "The upstream task, which runs first.", contained=named("upstream")
        ),
        "downstream_task": Relation(
            "task", "The downstream task, which runs after the upstream task.", contained=named("downstream")
        ),
    },
    by_id=False,
    plan=plan_edges,
)
