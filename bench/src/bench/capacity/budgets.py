"""Budgets of the operations of a standard run: the table of the product's tests and documents."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bench.paths import PRODUCT
from bench.report import Goal
from storage.dynamodb.consumption import Consumption

FILE: Final = PRODUCT / "docs" / "budgets.json"


@dataclass(frozen=True, slots=True)
class Budget:
    """The most calls of DynamoDB and capacity units of one operation."""

    calls: int
    write_units: float
    read_units: float

    def goals(self, operation: str, consumed: Consumption | None) -> Iterator[Goal]:
        """Yield a goal for the calls and for each kind of unit; None is an operation without figures."""
        bounds = {"calls": self.calls, "WCU": self.write_units, "RCU": self.read_units}
        measured: dict[str, float] = {}
        if consumed is not None:
            units = {"WCU": consumed.write_units, "RCU": consumed.read_units}
            measured = {"calls": consumed.calls.total(), **units}
        for unit, bound in bounds.items():
            yield Goal(f"{operation}: {unit}", measured.get(unit), bound, unit)


def load_budgets() -> dict[str, Budget]:
    """Return the budgets by operation."""
    document = json.loads(FILE.read_text(encoding="utf-8"))
    return {operation: Budget(**bounds) for operation, bounds in document.items()}
