"""Use cases of concurrency limits: making and deleting them, and what they say to who wants to be Running."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from domain.concurrency.limits import ConcurrencyLimit, LimitKind, NoFreeSlot, check_limit, check_not_too_many
from operations.concurrency.counting import count_at_once
from operations.context import Context

Run = TypeVar("Run")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRequest:
    """Who asks to be Running: its labels or tags, whether it is so already, whether it has asked before."""

    kind: LimitKind
    names: Sequence[str]
    already_running: bool
    is_retry: bool


def update_limit(context: Context, kind: LimitKind, name: str, limit: int, *, what: str) -> str:
    """Make a limit of this name, or change it; answers its id. `what` is the name's input.

    Whoever is Running stays so and is counted, though it be more than the limit allows. A repeat goes on
    where this was interrupted, and so does recovery. Raises BadUserInput, ApiError.
    """
    check_limit(name, limit, what)
    limit_id = context.store.limits.set(kind, name, limit, context.now())
    count_at_once(context, kind, limit_id)
    return limit_id


def delete_limit(context: Context, kind: LimitKind, limit_id: str) -> bool:
    """Delete a limit; answers whether there was one."""
    return context.store.limits.delete(kind, limit_id)


def run_or_wait(
    context: Context,
    request: SlotRequest,
    run: Callable[[Sequence[ConcurrencyLimit]], Run],
    wait: Callable[[Sequence[str]], Run | None],
) -> Run | None:
    """Let `run` take a slot of each limit that holds, or `wait`, given the names of those that are full.

    None when the run, or its limits, have changed meanwhile: then all must be looked at anew. A limit that
    looks full is believed, except of a run that runs already and may hold its slot: it was full a moment ago,
    and trying all the same would cost others their turn at it. Raises BadUserInput, ApiError.
    """
    if not request.names:
        return run(())
    limits = context.store.limits.named(request.kind, request.names, consistent=request.is_retry)
    check_not_too_many(limits)
    full = [] if request.already_running else [limit.name for limit in limits if limit.is_full]
    if full:
        return wait(full)
    try:
        return run(limits)
    except NoFreeSlot as refused:
        return wait(refused.names) if refused.names else None
