"""The memory of one request: how much the JSON values take that it reads, and how much they may take.

A value takes many times its text: `[],` has three bytes, and takes sixty as a list in Python. So the text is
weighed before it is read: its bytes, and what Python adds for its values, keys, lists and objects.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from domain.errors import ApiError, PayloadTooLarge

if TYPE_CHECKING:
    from domain.large_turns import LargeTurn

# What all values that a request holds at once may take, in bytes.
MAX_MEMORY: Final = 150_000_000
# What all values may take that a request reads, the ones that a filter drops again included.
MAX_READ: Final = 320_000_000
# A request that holds more than this waits until no other such request is at work in the process.
LIGHT: Final = 3_000_000
# How long it waits for its turn, in seconds.
PATIENCE: Final = 15.0


class Memory:
    """The memory of the values that one request reads.

    `turn` is shared by the requests of a process, so that one of them is large at a time. Several threads of
    a request may draw; what two threads draw in the same instant may count once. None can draw after the end
    of the request.

    During a change of the data, the values that are read are dropped one after the other. The change is not
    stopped half done because there are many: each must fit beside what is held, and `changed` is what all of
    them took. What the request itself brings stays until the end of the change.
    """

    __slots__ = (
        *("_is_large", "_most", "_most_light", "_most_read", "_of_change", "_time_left", "_turn"),
        *("changed", "has_ended", "held", "is_changing", "read", "unpacked"),
    )

    def __init__(
        self,
        *,
        most: float = MAX_MEMORY,
        most_read: float = MAX_READ,
        turn: "LargeTurn | None" = None,
        time_left: Callable[[], float] = lambda: PATIENCE,
    ) -> None:
        self.held = 0
        self.read = 0
        self.changed = 0
        self.unpacked = 0
        self.is_changing = False
        self.has_ended = False
        self._is_large = False
        self._of_change = 0
        self._most, self._most_read, self._turn, self._time_left = most, most_read, turn, time_left
        self._most_light = min(most, LIGHT)

    @property
    def left(self) -> float:
        """The bytes that may still be drawn."""
        return max(0, min(self._most - self.held, self._most_read - self.read))

    def draw(self, size: int, unpacked: int = 0) -> None:
        """Take bytes for what is read, before they are filled. Raises PayloadTooLarge, ApiError.

        `unpacked` is the length of the text that was unpacked for them. After an error nothing is taken.
        """
        held, read = self.held + size, self.read + size
        # Most requests are small, so what is drawn for a small one is looked at no closer.
        if held > self._most_light or read > self._most_read or self.has_ended:
            self._check(held, read)
        if self.is_changing:
            self.changed += size
        else:
            self.held += size
            self.read += size
            self.unpacked += unpacked

    def keep(self, size: int, what: str = "A value") -> None:
        """Take bytes for a value that the request brings, as `draw` does; an error names `what` it is.

        Within a change of the data they are held until its end.
        """
        held, read = self.held + size, self.read + size
        if held > self._most_light or read > self._most_read or self.has_ended:
            self._check_kept(held, read, what)
        self.held += size
        self.read += size
        if self.is_changing:
            self._of_change += size

    def _check_kept(self, held: float, read: float, what: str) -> None:
        if held > self._most or read > self._most_read:
            raise PayloadTooLarge(
                f"{what} is too large: with all else that this request brings and reads, it would take more "
                f"than {self._most:,.0f} bytes of memory. Send less at once.",
                {"limit": self._most},
            )
        self._check(held, read)

    def admit(self, size: int) -> None:
        """Wait for the turn if a value of so many bytes would make the request large. Raises ApiError.

        Nothing is taken, because the value is weighed when it is there.
        """
        if self.held + size > LIGHT:
            self._become_large()

    def _check(self, held: float, read: float) -> None:
        """Raise PayloadTooLarge or ApiError unless so many bytes may be held, and so many be read in all."""
        if held > self._most or read > self._most_read:
            self._is_large = self._is_large or held > LIGHT
            raise self.too_large()
        if held > LIGHT:
            self._become_large()
        if self.has_ended:
            raise _ended()

    def _become_large(self) -> None:
        self._is_large = True
        has_turn = self._turn is None or self._turn.take(self, min(PATIENCE, self._time_left()))
        if self.has_ended:
            raise _ended()
        if not has_turn:
            raise ApiError("Other large requests are being answered; send it again, or ask for less.")

    def begin_change(self) -> None:
        """Note that a change of the data begins."""
        self.is_changing = True

    def end_change(self) -> None:
        """Note that the change is over, and what it was given is dropped."""
        self.held -= self._of_change
        self.is_changing, self._of_change = False, 0

    @classmethod
    def unlimited(cls) -> "Memory":
        """Return a memory without bounds, for work that no caller asks for."""
        return cls(most=math.inf, most_read=math.inf)

    def give_back(self, size: int) -> None:
        """Note that values of so many bytes were dropped again."""
        if not self.is_changing:
            self.held -= size

    @property
    def is_large(self) -> bool:
        """True if the request was large at some time, so that its memory is worth giving back at once."""
        return self._is_large

    def end(self) -> None:
        """Leave the turn, because the request is over. Whatever still draws for it gets an error."""
        self.has_ended = True
        if self._turn is not None:
            self._turn.leave(self)

    def too_large(self) -> PayloadTooLarge:
        """Return the error for values that take more than is left."""
        return PayloadTooLarge(
            f"The response, or what it is chosen from, is too large: its values would take more than "
            f"{self._most:,.0f} bytes of memory. Ask for less at once: a smaller `limit`, fewer fields of "
            "JSON and text (such as parameters, context, states, logs), or a filter without them.",
            {"limit": self._most},
        )


def _ended() -> ApiError:
    """Return the error for work that a request has left behind. Nobody gets it."""
    return ApiError("The request is over.")


class Share:
    """The part of a request's memory that one step takes, so that the step knows how much it took.

    A Share belongs to one thread.
    """

    __slots__ = ("_memory", "size")

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.size = 0

    @property
    def left(self) -> float:
        """The bytes that may still be drawn."""
        return self._memory.left

    def draw(self, size: int, unpacked: int = 0) -> None:
        """Take bytes of the memory, as `Memory.draw` does. Raises PayloadTooLarge, ApiError."""
        self.size += size
        self._memory.draw(size, unpacked)

    def too_large(self) -> PayloadTooLarge:
        """Return the error for values that take more than is left."""
        return self._memory.too_large()
