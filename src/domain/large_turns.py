"""The turn of the large requests of a process, as the memory of a request sees it."""

from typing import Protocol


class Owner(Protocol):
    """A request as the turn sees it."""

    @property
    def has_ended(self) -> bool:
        """True once the request is over."""


class LargeTurn(Protocol):
    """The turn of the large requests of a process: one owner has it at a time."""

    def take(self, owner: Owner, seconds: float) -> bool:
        """Give the turn to an owner, who may have it already. Return False if it is not free in time.

        An owner that has ended gets no turn, so that none is held for ever.
        """

    def leave(self, owner: Owner) -> None:
        """Take the turn from its owner, who has ended; nothing happens if somebody else has it."""
