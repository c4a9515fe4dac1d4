"""Behaviour that the documentation admits, which is therefore no violation."""

from tests.faults.checks.violations import deletions
from tests.faults.table import id_of


def without_runs_made_again(operations, snapshot, created_late):
    """The operations without those on runs that were deleted and then made again by their own creation.

    A creation without a key leaves nothing that outlives its run, so that a first attempt which arrives after
    the deletion makes the run again (docs/decisions/0003). Such runs are taken out of the snapshot, too.
    """
    deleted = {operation.subject for operation in deletions(operations)}
    flows = {
        operation.response["id"]: operation.given["flow_id"]
        for operation in operations
        if operation.kind == "create_flow_run" and operation.ok
    }
    again = {run for run in created_late if run in deleted or run not in flows or flows[run] in deleted}
    for pk, sk in [place for place in snapshot.items if id_of(place[0]) in again]:
        del snapshot.items[pk, sk]
    snapshot.subjects = {
        id_: operation for id_, operation in snapshot.subjects.items() if operation.flow_run not in again
    }
    return [
        operation
        for operation in operations
        if f"{operation.subject[:-4]}0000" not in again and operation.response.get("id") not in again
    ]
