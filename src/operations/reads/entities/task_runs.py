"""Task runs and their states."""

from typing import Final

from operations.reads.entities.description import (
    ID,
    INT,
    JSON,
    STRING,
    Column,
    Entity,
    Relation,
    named,
)

TASK_RUN: Final = Entity(
    "task_run",
    "One run of a task. None exist: nothing creates them in this release.",
    {
        **ID,
        "map_index": Column(INT, named("map_index"), "Which child of a mapped task; -1 for none."),
        "version": Column(INT, named("version"), "How many states it has had."),
        "state": Column(STRING, named("state"), "The type of its current state."),
        "serialized_state": Column(JSON, named("serialized_state"), "Its current state, whole."),
    },
    {"task": Relation("task", "The task.", inside=lambda _: None)},
    is_root=False,
)
