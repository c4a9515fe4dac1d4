"""The round of ticks through the tenants of a deployment: which tenant comes first, and for how long each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.recovery.cursor import follows

# No share is shorter, as long as there is time: in less a tick hardly begins.
LEAST_SHARE: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantRound:
    """The state that one tick leaves to the next. All of it is None before the first tick.

    last   the tenant after which the next tick begins
    at     when the tick began
    since  when the unbroken series of ticks began, whichever tenants they came to
    """

    last: str | None = None
    at: datetime | None = None
    since: datetime | None = None


def in_turn(tenant_ids: Iterable[str], last: str | None) -> list[str]:
    """Return the tenants in the order in which a tick comes to them: those after the last one first."""
    ordered, place = sorted(set(tenant_ids)), last or ""
    return [each for each in ordered if each > place] + [each for each in ordered if each <= place]


def begun_round(before: TenantRound, first: str, now: datetime, interval: timedelta) -> TenantRound:
    """Return the state of a tick that begins now with this tenant.

    The next tick begins after it, even if this one ends before the second tenant: so one that is cut off each
    time comes to all tenants all the same.
    """
    is_unbroken = before.at is not None and follows(before.at, now, interval)
    return TenantRound(last=first, at=now, since=(before.since if is_unbroken else None) or now)


def rest_after_share(left: float, tenants: int) -> float:
    """Return how many of the seconds that are left stay for others, if so many tenants have not had any.

    Whoever needs less than its share leaves the others more.
    """
    return max(left - max(left / tenants, LEAST_SHARE), 0.0)
