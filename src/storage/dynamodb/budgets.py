"""The bound on the calls of one request, as the table sees it."""

from typing import Protocol

from domain.memory import Memory


class Budget(Protocol):
    """The bound on the calls of one request, and on the memory that their results take."""

    memory: Memory

    def draw_read(self, needed: float, reads: int) -> None:
        """Count a read before it is made, perhaps as several. May raise, and then nothing is read."""

    def note_items(self, items: int) -> None:
        """Count items that were found by their keys."""

    def note_write(self) -> None:
        """Count a write before it is made."""

    def check_time(self, needed: float) -> None:
        """Raise an error if fewer seconds than `needed` are left to the request."""
