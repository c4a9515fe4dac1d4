"""The clocks of a serialized schedule, counted before any of them is read: older forms may be nested."""

from collections.abc import Iterator
from typing import Final

from domain.json_types import JsonObject

# How deep unions may be nested.
MOST_NESTED: Final = 5
RULE_CLOCK: Final = "RRuleClock"
_SETS: Final = ("_rrule", "_exrule")


def clocks_in(serialized: object, depth: int = 0) -> Iterator[JsonObject]:
    """Yield the serialized clocks of a schedule and of all schedules in it, readable or not."""
    if not isinstance(serialized, dict):
        return
    kind = serialized.get("type")
    if kind == "UnionSchedule":
        for part in _entries(serialized, "schedules") if depth < MOST_NESTED else ():
            yield from clocks_in(part, depth + 1)
    elif kind in (None, "Schedule"):
        yield from (clock for clock in _entries(serialized, "clocks") if isinstance(clock, dict))
    else:  # each of the other older forms is one clock
        yield serialized


def rules_of(clock: JsonObject) -> int:
    """Return how many rules a serialized clock has; a clock of another kind has none."""
    if clock.get("type") != RULE_CLOCK:
        return 0
    rules = clock.get("rrule_obj")
    sets = [_entries(rules, name) for name in _SETS] if isinstance(rules, dict) else []
    return max(1, sum(map(len, sets)))


def _entries(value: JsonObject, name: str) -> list[object]:
    entries = value.get(name)
    return entries if isinstance(entries, list) else []
