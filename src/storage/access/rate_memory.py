"""What a process has left of a tenant's requests in a minute."""

from dataclasses import dataclass, field
from threading import Lock


@dataclass(slots=True)
class RateMemory:
    """What a process has left of the portion that it took, and of which minute."""

    minute: int = 0
    left: int = 0
    is_used_up: bool = False
    _lock: Lock = field(default_factory=Lock, repr=False)

    def use(self, minute: int) -> bool | None:
        """Use one request of a minute. Return False if the minute is used up, None if a portion is needed."""
        with self._lock:
            if minute != self.minute:
                self.minute, self.left, self.is_used_up = minute, 0, False
            if self.left > 0:
                self.left -= 1
                return True
            return False if self.is_used_up else None

    def add(self, minute: int, requests: int) -> None:
        """Add what was granted of a portion. If it is nothing, the minute is used up."""
        with self._lock:
            if minute == self.minute:
                self.left += requests
                self.is_used_up = requests == 0
