"""Use cases of concurrency limits: setting them, deleting them, and looking for their free slots."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.concurrency.limits import ConcurrencyLimit, LimitKind, check_limit, check_not_too_many
from operations.concurrency.counting import count_at_once
from operations.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRequest:
    """A request to set a run Running.

    names            the labels of the flow run, or the tags of the task
    already_running  True if the run is Running already, and may hold its slots
    is_retry         True if a limit has changed since the request before, so that limits are read anew
    """

    kind: LimitKind
    names: Sequence[str]
    already_running: bool
    is_retry: bool


@dataclass(frozen=True, slots=True)
class Free:
    """The limits that hold for a run, each with a free slot when it was read."""

    limits: Sequence[ConcurrencyLimit]


@dataclass(frozen=True, slots=True)
class Full:
    """The names of the limits that have no free slot."""

    names: Sequence[str]


def update_limit(context: Context, kind: LimitKind, name: str, limit: int, *, what: str) -> str:
    """Create or change the limit of this name; return its id. `what` is the name of the name's input.

    Runs that are already Running keep running, even above a new or lowered limit, and each of them is
    counted. A repeat of the request finishes an interrupted count, and so does recovery. Raises BadUserInput,
    ApiError.
    """
    check_limit(name, limit, what)
    limit_id = context.store.limits.set(kind, name, limit, context.now())
    count_at_once(context, kind, limit_id)
    return limit_id


def delete_limit(context: Context, kind: LimitKind, limit_id: str) -> bool:
    """Delete a limit; return True if it existed."""
    return context.store.limits.delete(kind, limit_id)


def free_slots(context: Context, request: SlotRequest) -> Free | Full:
    """Return the limits that hold for a run, or the names of those that are full.

    A limit that was full when it was read is believed: an attempt to take a slot all the same would cost
    other runs their turn. A run that is already running may hold its slots, so no limit is full for it.
    Raises BadUserInput, ApiError.
    """
    if not request.names:
        return Free(())
    limits = context.store.limits.named(request.kind, request.names, consistent=request.is_retry)
    check_not_too_many(limits)
    full = [] if request.already_running else [limit.name for limit in limits if limit.is_full]
    return Full(full) if full else Free(limits)
