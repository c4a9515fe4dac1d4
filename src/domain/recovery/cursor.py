"""Recovery's own record: how far it has come, and since when it has watched without a break.

Silence proves nothing while nobody could be heard. When the service was away (an outage, a machine asleep, a
table restored), the processes went on, and their signs of life were lost. So silence counts from the moment
at which recovery began to watch again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.recovery.follow_ups import FollowUp

# A tick may come late by so much: EventBridge is exact to a minute.
_LATE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What one tick leaves to the next.

    at       when it began
    since    since when ticks have followed each other without a break
    token    tells it from every other tick
    after    the last live run that was looked at; None when all were
    marked   the last marked run that was looked at; None when all were
    """

    at: datetime
    since: datetime
    token: bytes
    after: str | None = None
    marked: FollowUp | None = None

    def floor(self, sign: datetime | None) -> datetime:
        """From when on somebody's silence counts whose last sign of life this is."""
        return self.since if sign is None else max(sign, self.since)


def next_watch(before: Watch | None, now: datetime, token: bytes, interval: timedelta) -> Watch:
    """The record of a tick that begins now; ticks are meant to come every `interval`."""
    unbroken = before is not None and now - before.at <= max(2 * interval, interval + _LATE)
    return Watch(
        at=now,
        since=before.since if before is not None and unbroken else now,
        token=token,
        after=before.after if before is not None else None,
        marked=before.marked if before is not None else None,
    )
