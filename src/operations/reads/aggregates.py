"""Aggregates of lists: the number of the rows, and the smallest and the largest value of each column."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from domain.work import Work
from operations.reads.entities.description import ColumnKind, Entity
from operations.reads.rows import Row
from operations.reads.where.ordering import WRITTEN

# The kinds of columns that have a smallest and a largest value.
ORDERED = frozenset({ColumnKind.INT, ColumnKind.TIME, ColumnKind.STRING})
# Units for a character of two texts that are compared.
_COMPARED: Final = 0.0001


@dataclass(frozen=True, slots=True)
class Aggregate:
    """The rows of a list; `counted` is their number if they were counted without being read.

    Each figure draws on the budget, because a request may ask for many figures of the same rows.
    """

    entity: Entity
    rows: Sequence[Row]
    counted: int | None = None
    work: Work = field(default_factory=Work.unlimited, repr=False, compare=False)

    def __bool__(self) -> bool:
        """Return True if there are rows."""
        return bool(self.rows or self.counted)

    def count(self, columns: Sequence[str] = (), *, distinct: bool = False) -> int:
        """Return the number of rows; with columns, of the rows in which none of these columns is null.

        `distinct` counts the different values of the columns. Without columns, every row is different.
        Raises BadUserInput if the budget is used up.
        """
        if not columns:
            return len(self.rows) if self.counted is None else self.counted
        getters = [self.entity.columns[name].get for name in dict.fromkeys(columns)]
        self.work.draw(len(self.rows) * len(getters), "columns")
        known = [values for row in self.rows if None not in (values := [get(row.value) for get in getters])]
        return self._different(known) if distinct else len(known)

    def _different(self, rows: Sequence[Sequence[Any]]) -> int:
        texts: set[str] = set()
        for values in rows:
            text = repr(values)
            self.work.draw(1 + len(text) * WRITTEN, "columns")
            texts.add(text)
        return len(texts)

    def smallest(self, column: str) -> Any:
        """Return the smallest value of a column; None if it has no value. Raises BadUserInput."""
        return min(self._values(column, "min"), default=None)

    def largest(self, column: str) -> Any:
        """Return the largest value of a column; None if it has no value. Raises BadUserInput."""
        return max(self._values(column, "max"), default=None)

    def _values(self, column: str, figure: str) -> list[Any]:
        self.work.draw(len(self.rows), figure)
        get = self.entity.columns[column].get
        values = [value for row in self.rows if (value := get(row.value)) is not None]
        if self.entity.columns[column].kind is ColumnKind.STRING:
            self.work.draw(sum(map(len, values)) * _COMPARED, figure)
        return values
