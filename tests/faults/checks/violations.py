"""What a check finds wrong, and the operations that show it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """One promise that was broken: its kind, what happened, and the id by which its operations are found."""

    kind: str
    what: str
    subject: str = ""


def state_changes(operations):
    """The operations that set a state under a version or none."""
    return [each for each in operations if each.kind in ("set_flow_run_state", "set_task_run_state")]


def deletions(operations):
    """The operations that delete runs, flows or projects."""
    return [each for each in operations if each.kind in ("delete_flow_run", "delete_flow", "delete_project")]
