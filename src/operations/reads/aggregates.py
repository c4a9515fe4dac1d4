"""Aggregates of lists: the number of the rows, and the smallest and the largest value of each column."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from operations.reads.entities.description import ColumnKind, Entity
from operations.reads.rows import Row

# The kinds of columns that have a smallest and a largest value.
ORDERED = frozenset({ColumnKind.INT, ColumnKind.TIME, ColumnKind.STRING})


@dataclass(frozen=True, slots=True)
class Aggregate:
    """The rows of a list; `counted` is their number if they were counted without being read."""

    entity: Entity
    rows: Sequence[Row]
    counted: int | None = None

    def __bool__(self) -> bool:
        """Return True if there are rows."""
        return bool(self.rows or self.counted)

    def count(self, columns: Sequence[str] = (), *, distinct: bool = False) -> int:
        """Return the number of rows; with columns, of the rows in which none of these columns is null.

        `distinct` counts the different values of the columns. Without columns, every row is different.
        """
        if self.counted is not None and not columns:
            return self.counted
        values = [[self.entity.columns[name].get(row.value) for name in columns] for row in self.rows]
        known = [repr(value) for value in values if None not in value]
        return len(set(known)) if distinct and columns else len(known)

    def smallest(self, column: str) -> Any:
        """Return the smallest value of a column; None if it has no value."""
        return min(self._values(column), default=None)

    def largest(self, column: str) -> Any:
        """Return the largest value of a column; None if it has no value."""
        return max(self._values(column), default=None)

    def _values(self, column: str) -> list[Any]:
        values = (self.entity.columns[column].get(row.value) for row in self.rows)
        return [value for value in values if value is not None]
