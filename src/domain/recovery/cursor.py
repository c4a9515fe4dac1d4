"""The cursor of recovery: how far its ticks have come, and since when they have followed without a break.

Silence proves nothing about a time in which the service could receive no heartbeats (an outage, a sleeping
machine, a restored table): the processes went on, and their heartbeats were lost. So recovery counts silence
only from the moment at which its ticks began to follow each other again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.flow_runs.run_totals import Series
from domain.recovery.follow_ups import FollowUp

# A tick may begin this much late, because EventBridge is exact to a minute.
_LATE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCursor:
    """The state that one tick leaves to the next.

    at       when the tick began
    since    when the unbroken series of ticks began
    token    distinguishes the tick from every other tick
    after    id of the last live run that was looked at; None if all live runs were
    marked   the last follow-up that was looked at; None if all follow-ups were
    totals   how far totals were counted; a tick of a release that knows none leaves it out
    """

    at: datetime
    since: datetime
    token: bytes
    after: str | None = None
    marked: FollowUp | None = None
    totals: Series | None = None

    def silent_since(self, last_heartbeat: datetime | None) -> datetime:
        """Return the start of a silence: the last heartbeat, but no instant before the series of ticks."""
        return self.since if last_heartbeat is None else max(last_heartbeat, self.since)

    def is_silent_since(self, deadline: datetime, last_heartbeat: datetime) -> bool:
        """Return True if the last heartbeat came before the deadline, and recovery has run since."""
        return self.silent_since(last_heartbeat) < deadline


def follows(at: datetime, now: datetime, interval: timedelta) -> bool:
    """Return True if a tick that begins now follows one of that time without a break."""
    return now - at <= max(2 * interval, interval + _LATE)


def next_cursor(
    before: RecoveryCursor | None,
    now: datetime,
    token: bytes,
    interval: timedelta,
    unbroken_since: datetime | None = None,
) -> RecoveryCursor:
    """Return the cursor of a tick that begins now. Ticks are meant to begin every `interval`.

    With many tenants a tick may not come to each of them. Their series is not broken as long as the ticks of
    all tenants follow each other, `unbroken_since` some time.
    """
    is_unbroken = before is not None and (
        follows(before.at, now, interval) or (unbroken_since is not None and unbroken_since <= before.at)
    )
    return RecoveryCursor(
        at=now,
        since=before.since if before is not None and is_unbroken else now,
        token=token,
        after=before.after if before is not None else None,
        marked=before.marked if before is not None else None,
        totals=(before.totals if before is not None else None) or Series(now),
    )
