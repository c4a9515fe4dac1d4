"""What the rows of a list come to: how many they are, their smallest and largest values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from operations.reads.entities.description import Entity, Kind
from operations.reads.rows import Row

# The kinds of columns of which there is a smallest and a largest value.
ORDERED = frozenset({Kind.INT, Kind.TIME, Kind.STRING})


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Rows to be counted; `counted` is their number where they were counted without being read."""

    entity: Entity
    rows: Sequence[Row]
    counted: int | None = None

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.rows or self.counted)

    def count(self, columns: Sequence[str] = (), *, distinct: bool = False) -> int:
        """How many rows there are: with columns, only those in which none of them is null.

        `distinct` counts different values of these columns; without columns, every row is different.
        """
        if self.counted is not None and not columns:
            return self.counted
        values = [[self.entity.columns[name].get(row.value) for name in columns] for row in self.rows]
        known = [repr(each) for each in values if None not in each]
        return len(set(known)) if distinct and columns else len(known)

    def smallest(self, column: str) -> Any:
        """The smallest value of a column; null without any."""
        return min(self._values(column), default=None)

    def largest(self, column: str) -> Any:
        """The largest value of a column; null without any."""
        return max(self._values(column), default=None)

    def _values(self, column: str) -> list[Any]:
        values = (self.entity.columns[column].get(row.value) for row in self.rows)
        return [value for value in values if value is not None]
