"""Growth of costs with the number of stored runs, on which they should not depend."""

from dataclasses import dataclass

LATENCY_TOLERANCE = 1.5
COST_TOLERANCE = 1.1
# A list first asks each of four shards for 20 keys. The distribution of a page over the shards is chance, and
# a shard that runs out is asked again, for 100 keys. This difference does not count as growth.
PAGES_BY_CHANCE = 4
UNITS_OF_A_PAGE = 3


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of an operation at one size. `rows` is None if the operation was refused."""

    rows: int | None
    calls: int
    units: float
    milliseconds: float

    def growth(self, larger: "Cost") -> tuple[float, float, float]:
        """Return the ratios of calls, units and latency of the larger size to those of this size."""
        return (
            larger.calls / self.calls,
            larger.units / self.units if self.units else 1.0 + larger.units,
            larger.milliseconds / self.milliseconds,
        )


def share_of_allowed(smallest: Cost, largest: Cost, *, by_chance: bool = True) -> float | None:
    """Return how much of its allowed calls, units or latency the largest size took: the highest share.

    Return None if either size was refused. Without `by_chance` the calls and units may not differ at all.
    """
    if smallest.rows is None or largest.rows is None:
        return None
    calls, units = float(smallest.calls), smallest.units
    if by_chance:
        calls = max(COST_TOLERANCE * calls, calls + PAGES_BY_CHANCE)
        units = max(COST_TOLERANCE * units, units + PAGES_BY_CHANCE * UNITS_OF_A_PAGE)
    latency = LATENCY_TOLERANCE * smallest.milliseconds
    return max(largest.calls / calls, _share(largest.units, units), largest.milliseconds / latency)


def _share(units: float, allowed: float) -> float:
    """Return the share; if nothing is allowed, any unit exceeds it."""
    return units / allowed if allowed else float(units > 0) + units


def verdict(smallest: Cost, largest: Cost) -> str:
    """Return `ok`, `OVER` if the cost has grown by more than chance, or `refused`."""
    share = share_of_allowed(smallest, largest)
    return "refused" if share is None else "ok" if share <= 1 else "OVER"
