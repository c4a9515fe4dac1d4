"""Behaviour that the documentation admits, which is therefore no violation."""

from tests.faults.checks.violations import deletions
from tests.faults.table import id_of


def without_runs_made_again(operations, snapshot, created_late):
    """The operations without those on runs that were deleted and then made again by their own creation.

    A creation without a key leaves nothing that outlives its run, so that a first attempt which arrives after
    the deletion makes the run again (docs/decisions/0003). Such runs are taken out of the snapshot, too.
    """
    deleted = {each.subject for each in deletions(operations)}
    flows = {
        each.answer["id"]: each.given["flow_id"]
        for each in operations
        if each.kind == "create_flow_run" and each.ok
    }
    again = {run for run in created_late if run in deleted or run not in flows or flows[run] in deleted}
    for pk, sk in [place for place in snapshot.items if id_of(place[0]) in again]:
        del snapshot.items[pk, sk]
    snapshot.subjects = {id_: each for id_, each in snapshot.subjects.items() if each.flow_run not in again}
    return [
        each
        for each in operations
        if f"{each.subject[:-4]}0000" not in again and each.answer.get("id") not in again
    ]
