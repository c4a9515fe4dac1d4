"""Key ranges: parts of the indexes of runs, as storage hands them out."""

from collections.abc import Sequence
from typing import Protocol


class KeyRange(Protocol):
    """A part of an index of runs. Storage makes it and reads it; use cases only pass it on."""

    @property
    def is_empty(self) -> bool:
        """True if no key can lie in the range."""


KeyRanges = Sequence[KeyRange]
