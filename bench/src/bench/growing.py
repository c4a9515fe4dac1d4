"""When a cost that should not depend on the number of stored runs has grown with it."""

from dataclasses import dataclass

LATENCY_TOLERANCE = 1.5
COST_TOLERANCE = 1.1
# A list first asks each of four shards for 20 keys. How many of its page lie in which shard is chance, and a
# shard that runs out is asked once more, for 100 keys. So much is no growth.
PAGES_BY_CHANCE = 4
UNITS_OF_A_PAGE = 3


@dataclass(frozen=True, slots=True)
class Cost:
    """What something cost at one size; `rows` is None when it was refused."""

    rows: int | None
    calls: int
    units: float
    milliseconds: float

    def growth(self, larger: "Cost") -> tuple[float, float, float]:
        """How many times the calls, the units and the latency of this are those of the larger."""
        return (
            larger.calls / self.calls,
            larger.units / self.units if self.units else 1.0 + larger.units,
            larger.milliseconds / self.milliseconds,
        )


def used(smallest: Cost, largest: Cost, *, by_chance: bool = True) -> float | None:
    """How much the largest took of what it may, of calls, units or latency; None if one was refused.

    What takes no part in chance may take as many calls and units at every size, and not one more.
    """
    if smallest.rows is None or largest.rows is None:
        return None
    calls, units = float(smallest.calls), smallest.units
    if by_chance:
        calls = max(COST_TOLERANCE * calls, calls + PAGES_BY_CHANCE)
        units = max(COST_TOLERANCE * units, units + PAGES_BY_CHANCE * UNITS_OF_A_PAGE)
    latency = LATENCY_TOLERANCE * smallest.milliseconds
    return max(largest.calls / calls, _share(largest.units, units), largest.milliseconds / latency)


def _share(units: float, most: float) -> float:
    """Of what consumes nothing at the smallest size, any unit is too much."""
    return units / most if most else float(units > 0) + units


def verdict(smallest: Cost, largest: Cost) -> str:
    """`ok`, `OVER` when the cost has grown by more than chance, or `refused`."""
    share = used(smallest, largest)
    return "refused" if share is None else "ok" if share <= 1 else "OVER"
