"""Which of the tenant's unfinished runs are those of some flow groups.

No index lists the unfinished runs of a flow. The status lists have those of the tenant, and an id tells when
its run was created. Where a total says that all runs of the groups have ended, nothing is looked up.
Elsewhere either the keys of the groups' runs are compared, or the runs are read, whichever costs less. So the
cost never follows the number of runs that have ended.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.flow_runs.key_ranges import KeyRange
from domain.ids import created_from_id, first_id_at, last_id_before
from operations.context import Context
from operations.reads.counts.counted_keys import CountedKeys

# Read units of a key in an index, of a query that finds few keys, and of a run.
_OF_KEY: Final = 0.022
_OF_QUERY: Final = 0.5
OF_RUN: Final = 0.5
# How many queries compare keys, because each is a call of its own. A call reads a hundred runs.
_MAX_QUERIES: Final = 400
# How many runs are read.
MAX_READ: Final = 5_000


@dataclass(frozen=True, slots=True)
class OpenTime:
    """A time in which some runs of groups may not have ended, as its total tells.

    `runs` has the number of all runs, by each of these groups.
    """

    start: datetime
    end: datetime
    runs: Mapping[str, int]


def of_groups(context: Context, keys: CountedKeys, ids: Iterable[str], times: Sequence[OpenTime]) -> set[str]:
    """Return those of the ids, in times that come in order, whose runs are of the groups of the times.

    Raises BadUserInput if too many runs would have to be looked at.
    """
    shared = _Shares(context, keys.left)
    for time, listed in _by_time(ids, times):
        shared.add(time, listed)
    if len(shared.to_read) > MAX_READ:
        raise keys.too_many()
    found = shared.to_compare.intersection(keys.in_ranges(shared.ranges())) if shared.to_compare else set()
    return found | _read(context, shared.to_read, {group for time in times for group in time.runs})


def _by_time(ids: Iterable[str], times: Sequence[OpenTime]) -> Iterator[tuple[OpenTime, set[str]]]:
    """Yield the times in which there are ids, each with its ids."""
    starts = [time.start for time in times]
    listed: list[set[str]] = [set() for _ in times]
    for run_id in ids:
        created = created_from_id(run_id)
        number = bisect_right(starts, created) - 1
        if number >= 0 and created < times[number].end:
            listed[number].add(run_id)
    return ((time, found) for time, found in zip(times, listed, strict=True) if found)


class _Shares:
    """The ids that are compared with the keys of their groups, and those whose runs are read."""

    def __init__(self, context: Context, most_keys: int) -> None:
        self._lists = context.store.run_lists
        self._keys_left = most_keys
        self._queries = 0
        self._parts: dict[str, list[tuple[datetime, datetime]]] = {}
        self.to_compare: set[str] = set()
        self.to_read: set[str] = set()

    def add(self, time: OpenTime, ids: set[str]) -> None:
        """Take the ids of a time to those that are compared, or to those whose runs are read."""
        begun = [group for group in time.runs if not self._goes_on(group, time)]
        queries = sum(len(self._lists.of_group(group)) for group in begun)
        keys = sum(time.runs.values())
        is_allowed = keys <= self._keys_left and self._queries + queries <= _MAX_QUERIES
        if not is_allowed or keys * _OF_KEY + queries * _OF_QUERY >= len(ids) * OF_RUN:
            self.to_read |= ids
            return
        self._keys_left -= keys
        self._queries += queries
        self.to_compare |= ids
        for group in time.runs:
            parts = self._parts.setdefault(group, [])
            start = time.start if group in begun else parts.pop()[0]
            parts.append((start, time.end))

    def _goes_on(self, group: str, time: OpenTime) -> bool:
        """Return True if the keys of a group are compared up to this time, so that no query begins."""
        return group in self._parts and self._parts[group][-1][1] == time.start

    def ranges(self) -> list[KeyRange]:
        """Return the ranges of the keys that are compared."""
        return [
            key_range
            for group, parts in self._parts.items()
            for start, end in parts
            for key_range in self._lists.of_group(group, first_id_at(start), last_id_before(end))
        ]


def _read(context: Context, ids: set[str], groups: set[str]) -> set[str]:
    if not ids:
        return set()
    of = context.store.run_totals.groups(sorted(ids))
    return {run_id for run_id, group in of.items() if group in groups}
