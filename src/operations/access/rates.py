"""The check of a tenant's budget of requests."""

from domain.access.rates import MINUTE, granted, portion_of, seconds_left
from domain.access.scopes import Scope
from domain.errors import RateLimited
from operations.context import Context


def check_rate(context: Context) -> None:
    """Count one request. Raises RateLimited if the tenant's budget for this minute is used up, ApiError.

    An admin is counted too, but never refused, so that somebody can delete a leaked key that uses the budget
    up. A tenant without a budget costs nothing.
    """
    budget, memory = context.tenant.limits.requests, context.rate
    if budget is None or memory is None:
        return
    now = context.now()
    minute = int(now.timestamp()) // MINUTE
    used = memory.use(minute)
    if used is None:
        portion = portion_of(budget)
        taken = context.store.rates.take(minute, portion, budget)
        memory.add(minute, 0 if taken is None else granted(portion, taken, budget))
        used = memory.use(minute)
    if not used and context.caller.scope is not Scope.ADMIN:
        wait = seconds_left(now)
        raise RateLimited(
            f"The tenant may send {budget:,} requests a minute, which are used up. Send this one again in "
            f"{wait} seconds.",
            {"retry_after": wait},
        )
