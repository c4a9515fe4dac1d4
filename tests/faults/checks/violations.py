"""The findings of checks, and the operations that checks look at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken promise: its kind, a description, and the id of its object."""

    kind: str
    what: str
    subject: str = ""


def state_changes(operations):
    """Return the operations that set a state, with or without a version."""
    return [
        operation
        for operation in operations
        if operation.kind in ("set_flow_run_state", "set_task_run_state")
    ]


def deletions(operations):
    """Return the operations that delete runs, flows or projects."""
    return [
        operation
        for operation in operations
        if operation.kind in ("delete_flow_run", "delete_flow", "delete_project")
    ]
