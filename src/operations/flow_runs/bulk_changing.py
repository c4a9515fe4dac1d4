"""The use case that changes many flow runs at once: a portion in each request.

Each run is changed as a request for it alone changes it, under the version that was read. So a portion may be
sent again, overlap with another one, or die anywhere.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final

from domain.errors import ApiError, BadUserInput, FlowRunsError, NotFound, VersionLockingError
from domain.flow_runs.bulk_changes import (
    Action,
    BulkChange,
    Continuation,
    Untouched,
    check_as_of,
    read_continuation,
    request_digest,
)
from domain.flow_runs.flow_runs import FlowRun
from domain.times import format_time
from operations.context import Context
from operations.flow_runs.bulk_costs import Units, units_of
from operations.flow_runs.deleting import delete_in_request
from operations.flow_runs.ending import cancel_run
from operations.flow_runs.states import set_flow_run_state
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

# What became of a run: why it was left as it is, or could not be changed; None if it was changed.
Result = Untouched | FlowRunsError | None


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


@dataclass(frozen=True, slots=True)
class Failure:
    """The error because of which a run was not changed."""

    flow_run_id: str
    error: FlowRunsError


@dataclass(slots=True, kw_only=True)
class Portion:
    """What a portion has done, or would do if it is a dry run.

    matched       how many matching runs it has dealt with
    changed       the ids of the runs that it has changed
    untouched     how many runs it has left as they are, by the reasons
    units         about what it costs to change the runs, for a dry run
    continuation  leads to the next portion; None if there is none
    """

    as_of: datetime
    matched: int = 0
    changed: list[str] = field(default_factory=list)
    untouched: Counter[Untouched] = field(default_factory=Counter)
    failed: list[Failure] = field(default_factory=list)
    units: Units | None = None
    continuation: str | None = None


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
        one = partial(_change_one, context, change, portion.as_of)
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


def _change_one(context: Context, change: BulkChange, as_of: datetime, run: FlowRun) -> Result:
    """Change a run, as it was read. Return None if it was changed, else why not."""
    reason = change.leaves(run, as_of)
    if reason is not None:
        return reason
    try:
        match change.action:
            case Action.CANCEL:
                cancelled, is_changed = cancel_run(context, run, change.message)
                return None if is_changed else change.leaves(cancelled, as_of)
            case Action.DELETE:
                return _delete(context, change, as_of, run)
            case Action.SET_STATE:
                return _set_state(context, change, as_of, run)
    except NotFound:  # deleted since it was read
        return Untouched.ALREADY_DONE if change.action is Action.DELETE else Untouched.GONE
    except FlowRunsError as error:
        return error


def _delete(context: Context, change: BulkChange, as_of: datetime, run: FlowRun) -> Untouched | None:
    """Delete a run, which is read once more, because an agent may have begun it meanwhile."""
    found = context.store.flow_runs.get([run.id], (), consistent=True)
    if not found:
        return Untouched.ALREADY_DONE
    reason = change.leaves(found[0], as_of)
    if reason is None:
        delete_in_request(context, found[0])
    return reason


def _set_state(context: Context, change: BulkChange, as_of: datetime, run: FlowRun) -> FlowRunsError | None:
    """Set the state of a run, unless the run has changed since the change of the many began.

    A run that an earlier portion has changed may have gone on, so that it must not be changed again.
    """
    if run.latest.timestamp > as_of:
        return VersionLockingError(
            f"Flow run {run.id} has changed since {format_time(as_of)}: it is at version {run.version} "
            f"({run.state.type}). Begin anew, if it is to be changed all the same.",
            {"flow_run_id": run.id, "current_version": run.version, "current_state": run.state.type},
        )
    set_flow_run_state(context, run.id, run.version, change.wanted(as_of))
    return None
