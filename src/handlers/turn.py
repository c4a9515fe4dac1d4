"""The turn of large requests, so that a process holds the values of one of them at a time."""

from threading import Condition
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from domain.large_turns import Owner

# How many requests may wait at a time. Each keeps its body and a thread of the local server, and small
# requests need the other threads. More could not be answered in the time that a request waits.
MOST_WAITING: Final = 15


class LargeTurn:
    """A turn that one owner has at a time; an owner may take it again, from any thread.

    Those who wait get it in the order in which they came.
    """

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self._changed = Condition()
        self._owner: Owner | None = None
        self._line: list[Owner] = []
        self._most_waiting = most_waiting

    def take(self, owner: "Owner", seconds: float) -> bool:
        """Wait until the owner is the next one, and give it the turn.

        Return False after the time, or at once if too many wait or the owner has ended.
        """
        if self._owner is owner and not owner.has_ended:
            return True
        with self._changed:
            if self._owner is not owner and owner not in self._line:
                if len(self._line) >= self._most_waiting:
                    return False
                self._line.append(owner)
            self._changed.wait_for(lambda: owner.has_ended or self._is_next(owner), max(seconds, 0))
            has_turn = not owner.has_ended and self._is_next(owner)
            if owner in self._line:
                self._line.remove(owner)
            if has_turn:
                self._owner = owner
            self._changed.notify_all()
            return has_turn

    def _is_next(self, owner: "Owner") -> bool:
        """Return True if the owner has the turn, or may have it now. The caller holds the lock."""
        return self._owner is owner or (self._owner is None and self._line[:1] == [owner])

    def leave(self, owner: "Owner") -> None:
        """Take the turn from an owner that has ended; nothing happens if the owner does not have it."""
        with self._changed:
            if self._owner is owner:
                self._owner = None
            self._changed.notify_all()
