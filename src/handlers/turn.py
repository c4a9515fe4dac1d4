"""The turn of large requests, so that a process holds the values of one of them at a time."""

from threading import Condition


class Turn:
    """A turn that one owner has at a time; an owner may take it again, from any thread."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._owner: object | None = None

    def take(self, owner: object, seconds: float) -> bool:
        """Wait until nobody else has the turn, and give it to the owner. Return False after the time."""
        if self._owner is owner:
            return True
        with self._changed:
            if not self._changed.wait_for(lambda: self._owner in (None, owner), max(seconds, 0)):
                return False
            self._owner = owner
            return True

    def leave(self, owner: object) -> None:
        """Take the turn from the owner; nothing happens if the owner does not have it."""
        if self._owner is owner:
            with self._changed:
                self._owner = None
                self._changed.notify_all()
