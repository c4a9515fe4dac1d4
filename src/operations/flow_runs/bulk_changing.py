"""The use case that changes many flow runs at once: a portion in each request.

Each run is changed as a request for it alone changes it, under the version that was read. So a portion may be
sent again, overlap with another one, or die anywhere.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from domain.errors import ApiError, BadUserInput
from domain.flow_runs.bulk_changes import (
    BulkChange,
    Continuation,
    Untouched,
    check_as_of,
    read_continuation,
    request_digest,
)
from domain.flow_runs.flow_runs import FlowRun
from operations.context import Context
from operations.flow_runs.bulk_costs import Units, units_of
from operations.flow_runs.bulk_portions import Failure, Portion
from operations.flow_runs.changing_each import Result, change_one
from operations.reads.arguments import Where
from operations.reads.portions import Stretch, check_where, find_runs

# How many matching runs a portion has at most, and how many unless the client says otherwise.
MOST_RUNS: Final = 1_000
_USUAL_RUNS: Final = 100
# How many ids of runs that would be changed a dry run shows.
SHOWN: Final = 20
# So many runs are changed side by side before the budget of the request is looked at. The first ones are
# changed in any case, so that each portion gets on.
_AT_A_TIME: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkRequest:
    """A change and the runs that it is for: those that a filter lets through, or `everything`.

    limit         how many matching runs a portion has at most
    dry_run       count the runs, and change none
    continuation  where to go on, as the portion before it returned it
    as_of         runs that were created later are left out; now if None
    """

    change: BulkChange
    where: Where | None = None
    everything: bool = False
    limit: int | None = None
    dry_run: bool = False
    continuation: str | None = None
    as_of: datetime | None = None


def change_flow_runs(context: Context, request: BulkRequest) -> Portion:
    """Change a portion of the runs that match; or only count them.

    Raises BadUserInput, PayloadTooLarge, ApiError, all before the first change.
    """
    place = _begin(context, request)
    most = request.limit or (MOST_RUNS if request.dry_run else _USUAL_RUNS)
    stretch = Stretch(where=request.where or None, after=place.after or None, until=place.as_of, most=most)
    found = find_runs(context, stretch)
    portion = Portion(as_of=place.as_of)
    if request.dry_run:
        _count(request.change, found.runs, portion)
        left = None
    else:
        left = _change(context, request.change, found.runs, portion)
    reached = found.reached if left is None else left
    if reached is not None:
        portion.continuation = str(Continuation(place.as_of, reached, place.request))
    return portion


def _begin(context: Context, request: BulkRequest) -> Continuation:
    """Return where a portion begins; `after` is empty for the first one. Raises BadUserInput."""
    request.change.check()
    if request.everything == bool(request.where):
        raise BadUserInput(
            "Give either where, which chooses the runs and must not be empty, or `all: true` for all runs.",
            {"field": "where"},
        )
    if request.limit is not None and not 1 <= request.limit <= MOST_RUNS:
        raise BadUserInput(f"limit must be from 1 to {MOST_RUNS:,}, not {request.limit}.", {"field": "limit"})
    now, change = context.now(), request.change
    if request.as_of is not None:
        check_as_of(request.as_of, now)
    check_where(context, request.where)
    digest = request_digest(
        *(change.action.value, change.state, change.message, change.live),
        *(request.where, request.dry_run),
    )
    if request.continuation is None:
        return Continuation(request.as_of or now, "", digest)
    place = read_continuation(request.continuation, digest, now)
    if request.as_of not in (None, place.as_of):
        raise BadUserInput(
            "as_of must be that of the change that the continuation belongs to, or null.", {"field": "as_of"}
        )
    return place


def _count(change: BulkChange, runs: Sequence[FlowRun], portion: Portion) -> None:
    """Note what would be done with runs."""
    portion.matched, portion.units = len(runs), Units()
    for run in runs:
        reason = change.leaves(run, portion.as_of)
        if reason is None:
            portion.changed.append(run.id)
            portion.units += units_of(change.action, run)
        else:
            portion.untouched[reason] += 1


def _change(context: Context, change: BulkChange, runs: Sequence[FlowRun], portion: Portion) -> str | None:
    """Change runs, as many as a request can, and note what was done.

    Return the id of the last one that was dealt with; None if all were. Raises ApiError if none of the first
    ones could be reached.
    """
    half = context.work.seconds_left / 2
    for batch in _batches(runs):
        if portion.matched and not (context.work.may_go_on and context.work.seconds_left >= half):
            return runs[portion.matched - 1].id
        one = partial(change_one, context, change, portion.as_of)
        results = context.store.parallel([partial(one, run) for run in batch])
        errors = [result for result in results if isinstance(result, ApiError)]
        if len(errors) == len(batch):  # the database is out of reach: the same portion may be sent again
            if not portion.matched:
                raise errors[0]
            return runs[portion.matched - 1].id
        _note(batch, results, portion)
    return None


def _batches(runs: Sequence[FlowRun]) -> Iterator[Sequence[FlowRun]]:
    return (runs[start : start + _AT_A_TIME] for start in range(0, len(runs), _AT_A_TIME))


def _note(batch: Sequence[FlowRun], results: Sequence[Result], portion: Portion) -> None:
    portion.matched += len(batch)
    for run, result in zip(batch, results, strict=True):
        match result:
            case None:
                portion.changed.append(run.id)
            case Untouched():
                portion.untouched[result] += 1
            case _:
                portion.failed.append(Failure(run.id, result))
