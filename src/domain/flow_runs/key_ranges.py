"""Key ranges: parts of the indexes of runs, as storage hands them out, and the ids in them."""

from collections.abc import Hashable, Sequence
from typing import Any, Protocol


class KeyRange(Protocol):
    """A part of an index of runs. Storage makes it and reads it; use cases only pass it on."""

    @property
    def is_empty(self) -> bool:
        """True if no key can lie in the range."""


class IdsInRanges(Protocol):
    """The ids in key ranges, the first pages of which were read."""

    @property
    def all_ids(self) -> list[str] | None:
        """All ids, in their order, if the first pages have them all, else None."""

    @property
    def first_ids(self) -> list[str]:
        """The ids that come first, in their order, as far as the first pages have all."""


KeyRanges = Sequence[KeyRange]
# The first pages of ranges that storage has read for one list, which it reads again for none.
FirstPages = dict[Hashable, Any]
