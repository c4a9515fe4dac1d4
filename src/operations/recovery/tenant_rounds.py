"""The walk of a tick through the tenants of a deployment, each of which gets a share of the time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from domain.recovery.cursor import RecoveryCursor
from domain.recovery.tenant_rounds import begun_round, in_turn, rest_after_share
from operations.context import Context


@dataclass(frozen=True, slots=True)
class Share:
    """The share of one tenant in a tick.

    time_left       returns the seconds that are left of the share
    unbroken_since  since when ticks have followed each other, whichever tenants they came to; None if there
                    is one tenant, whose cursor tells it
    cursor          the cursor of the home tenant, which is read with the round; None for the others
    """

    tenant_id: str
    time_left: Callable[[], float]
    unbroken_since: datetime | None = None
    cursor: RecoveryCursor | None = None


def shares(context: Context, time_left: Callable[[], float], interval: timedelta) -> Iterator[Share]:
    """Yield the share of each tenant, as long as time is left. `context` is that of the home tenant.

    A deployment with one tenant makes no call more than a tick of this tenant needs. Raises ApiError.
    """
    tenants, home = context.store.tenants, context.home_tenant.id
    before, cursor = tenants.round()
    if before is None:
        yield Share(home, time_left, None, cursor)
        return
    ids = in_turn([home, *tenants.ids()], before.last)
    current = begun_round(before, ids[0], context.now(), interval)
    tenants.begin_round(current)
    for number, tenant_id in enumerate(ids):
        left = time_left()
        if number and left <= 0:
            # The next tick begins with the tenant to which this one did not come.
            tenants.note_last(ids[number - 1])
            return
        of_share = partial(_until, time_left, rest_after_share(left, len(ids) - number))
        yield Share(tenant_id, of_share, current.since, cursor if tenant_id == home else None)


def _until(time_left: Callable[[], float], rest: float) -> float:
    return time_left() - rest
