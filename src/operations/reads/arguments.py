"""The arguments of a list, and a list inside of rows as what can be looked up again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from domain.errors import BadUserInput
from domain.odd_values import check_plain

Where = Mapping[str, Any]

MAX_LIMIT: Final = 5_000
MAX_OFFSET: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """The arguments of a list, also of one inside another."""

    where: Where | None = None
    order_by: Sequence[Mapping[str, Any]] = ()
    limit: int | None = None
    offset: int | None = None
    distinct_on: Sequence[str] = ()

    def checked(self) -> "Arguments":
        """Answers itself. Raises BadUserInput for what no list can be asked for."""
        check_plain(self.where, "where")
        for name, value, most in (("limit", self.limit, MAX_LIMIT), ("offset", self.offset, MAX_OFFSET)):
            if value is not None and not 0 <= value <= most:
                raise BadUserInput(f"{name} must be from 0 to {most:,}, not {value}.")
        columns = [next(iter(each), None) for each in self.order_by]
        if self.distinct_on and columns and columns[0] not in self.distinct_on:
            raise BadUserInput("distinct_on: its columns must come first in order_by.")
        return self

    @property
    def is_unlimited(self) -> bool:
        """Whether a list goes from its first row to its last."""
        return self.limit is None and not self.offset and not self.distinct_on

    def page(self, count: int) -> int:
        """How many of so many rows are on the page."""
        left = max(0, count - (self.offset or 0))
        return left if self.limit is None else min(left, self.limit)


@dataclass(frozen=True, slots=True)
class NestedList:
    """A list inside of rows: the same relation may be asked for several times with different arguments.

    Two are the same when relation, arguments (variables filled in, keys of a sort order as they were
    written) and whether rows or their aggregate are wanted are.
    """

    relation: str
    arguments: Arguments = field(compare=False)
    aggregate: bool = False
    _text: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Keep the arguments as text, which can be compared and hashed."""
        object.__setattr__(self, "_text", repr(self.arguments))
