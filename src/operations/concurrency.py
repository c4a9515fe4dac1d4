"""Use cases of concurrency limits: setting them, and letting runs wait for a slot."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from domain.errors import ApiError
from domain.limits import LimitKind, NoFreeSlot, check_slots, queued
from domain.names import check_name
from domain.states import State
from operations.context import Context

Run = TypeVar("Run")

# A round is lost only to limits that are changed or taken away at the same moment.
_ROUNDS: Final = 4


def set_limit(context: Context, kind: LimitKind, name: str, slots: int) -> str:
    """Let at most so many run at a time; answers the limit's id. Raises BadUserInput.

    What runs already goes on, also beyond a lower limit.
    """
    return context.store.limits.put(kind, check_name(name, kind.value), check_slots(slots), context.now())


def delete_limit(context: Context, limit_id: str) -> bool:
    """Take a limit away; answers whether there was one."""
    return context.store.limits.remove(limit_id)


def run_or_wait(
    context: Context,
    kind: LimitKind,
    names: Sequence[str],
    state: State,
    write: Callable[[State, Sequence[str]], Run],
) -> Run:
    """Set Running with a slot of every limit that applies, or Queued where one has none left.

    `write` sets a state and takes a slot of each limit whose id it is given, all or nothing: so a slot is
    taken exactly when the run is Running. Without names nothing is read.
    """
    for _ in range(_ROUNDS):
        limits = context.store.limits.named(kind, names) if names else []
        try:
            return write(state, [limit.id for limit in limits])
        except NoFreeSlot:
            found = context.store.limits.get([limit.id for limit in limits])
            full = [limit for limit in found if limit.used >= limit.slots]
            if full:
                return write(queued(full, context.now()), ())
    raise ApiError("Concurrency limits changed too often meanwhile; send it again.")
