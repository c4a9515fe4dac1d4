"""The view that one tick gives to its steps: the settings, the cursor, and the check for time left."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from domain.recovery.cursor import RecoveryCursor
from domain.recovery.rules import RecoverySettings


@dataclass(frozen=True, slots=True)
class TickView:
    """One tick, as its steps see it. A step begins only while `has_time` returns True."""

    settings: RecoverySettings
    cursor: RecoveryCursor
    has_time: Callable[[], bool]

    @property
    def began_at(self) -> datetime:
        """Return the time at which the tick began; every rule of the tick uses this time."""
        return self.cursor.at

    @property
    def heartbeat_deadline(self) -> datetime:
        """Return the time before which a process has to have been silent to count as dead."""
        return self.began_at - self.settings.heartbeat_timeout
