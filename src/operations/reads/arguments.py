"""The arguments of a list, as a client gives them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.errors import BadUserInput
from domain.odd_values import check_plain

Where = Mapping[str, Any]

MAX_LIMIT: Final = 5_000
MAX_OFFSET: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """The arguments of a list: of a root list, or of a list inside of rows."""

    where: Where | None = None
    order_by: Sequence[Mapping[str, Any]] = ()
    limit: int | None = None
    offset: int | None = None
    distinct_on: Sequence[str] = ()

    def check(self) -> None:
        """Raise BadUserInput for arguments that no list can have."""
        check_plain(self.where, "where")
        for name, value, most in (("limit", self.limit, MAX_LIMIT), ("offset", self.offset, MAX_OFFSET)):
            if value is not None and not 0 <= value <= most:
                raise BadUserInput(f"{name} must be from 0 to {most:,}, not {value}.")
        columns = [next(iter(keys), None) for keys in self.order_by]
        if self.distinct_on and columns and columns[0] not in self.distinct_on:
            raise BadUserInput("distinct_on: its columns must come first in order_by.")

    @property
    def is_unlimited(self) -> bool:
        """True if the list goes from its first row to its last."""
        return self.limit is None and not self.offset and not self.distinct_on

    @property
    def ask_nothing(self) -> bool:
        """True if the list has every row, in any order."""
        return self.where is None and not self.order_by and self.is_unlimited

    @property
    def enough(self) -> int | None:
        """The number of matching rows, in order, that fill the page; None if all must be looked at."""
        if self.limit is None or self.distinct_on:
            return None
        return self.limit + (self.offset or 0)

    def page_size(self, count: int) -> int:
        """Return how many of `count` rows are on the page."""
        left = max(0, count - (self.offset or 0))
        return left if self.limit is None else min(left, self.limit)
