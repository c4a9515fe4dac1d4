"""Logs in the table: batches in the partition of their flow run, in the order of their last entries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from domain.task_runs.logs import SPAN, Horizon, KeptEntry, LogEntry, Times
from storage.dynamodb.items import Item
from storage.dynamodb.table import Table
from storage.layout.attributes import epoch_second, epoch_second_rounded_up, read_number, read_text, text
from storage.layout.keys import Keys
from storage.logs.log_items import decode_logs, encode_logs, first_time, log_sk, time_in

# The most characters in one LogPage, because repetitive text may be a thousand times as long as it is stored.
_CHARACTERS: Final = 4_000_000
# About the entries in a LogPage for a list that may need only some of them.
_FEW: Final = 50
# The most batches that a query for such a list reads.
_LONGEST: Final = 64
# How many otherwise: a megabyte of batches may have as many as several lists may show.
_MANY: Final = 2_000


@dataclass(frozen=True, slots=True)
class LogPage:
    """Log entries in no order, the characters of their messages, and the time of the last batch's end."""

    entries: list[KeptEntry]
    characters: int
    read_to: datetime


class Logs:
    """The logs of one tenant."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys

    def write(self, entries: Sequence[LogEntry], now: datetime, kept: timedelta | None) -> None:
        """Store entries for the time `kept`, None for ever. The same call again changes nothing.

        An entry that is too large for an item is cut to fit. Raises ApiError, after which some entries may be
        stored.
        """
        by_run: dict[str, list[LogEntry]] = {}
        for entry in entries:
            by_run.setdefault(entry.flow_run_id, []).append(entry)
        expires = None if kept is None else epoch_second_rounded_up(now + kept)
        items = [
            item
            for flow_run_id, run_entries in by_run.items()
            for item in encode_logs(self._keys, flow_run_id, run_entries, expires)
        ]
        self._table.parallel([partial(self._table.put, Item=item) for item in items])

    def read(
        self,
        flow_run_id: str,
        times: Times,
        *,
        descending: bool,
        now: datetime,
        page_size: int | None = None,
        horizon: Horizon | None = None,
    ) -> Iterator[LogPage]:
        """Yield the entries of a flow run between two times, in pages.

        The pages are in the order of the last entries of their batches. Expired entries are left out. With
        `page_size`, the first query reads so many batches, and each further one twice as many as the one
        before, up to _LONGEST: a batch may have one entry, or two thousand. Nothing is read beyond the
        `horizon`, whose time may come closer from page to page.
        """
        earliest, latest = times
        if earliest is not None and latest is not None and latest < earliest:
            return  # the database refuses a range that ends before it begins
        query = {
            **self._condition(flow_run_id, times),
            "ConsistentRead": True,
            "ScanIndexForward": not descending,
        }
        wanted = _Wanted(times, horizon, descending)
        next_key, size = None, page_size
        while True:
            page = self._table.query(next_key, **query, **({"Limit": size} if size else {}))
            kept = [item for item in page.items if _expires(item) > epoch_second(now)]
            yield from self._unpacked(kept, _FEW if page_size else _MANY, wanted)
            next_key, size = page.next_key, min(2 * size, _LONGEST) if size else None
            if next_key is None or (kept and wanted.ends_at(time_in(read_text(kept[-1], "sk")))):
                return

    def _unpacked(self, items: list[Item], most: int, wanted: "_Wanted") -> Iterator[LogPage]:
        """Yield the entries of batches in pages of about `most`, each unpacked when it is asked for."""
        entries: list[KeptEntry] = []
        characters = 0
        for item in items:
            batch = []
            if wanted.may_have(item):
                batch = decode_logs(self._keys, item, self._table.memory, wanted.times)
            entries += batch
            characters += sum(len(kept.entry.message) for kept in batch)
            if characters > _CHARACTERS or len(entries) >= most or item is items[-1]:
                yield LogPage(entries, characters, time_in(read_text(item, "sk")))
                entries, characters = [], 0

    def _condition(self, flow_run_id: str, times: Times) -> dict[str, Any]:
        earliest, latest = times
        # The key of a batch is the time of its last entry, at most SPAN after its other entries.
        lower = log_sk(earliest) if earliest else "log#"
        upper = f"{log_sk(latest + SPAN)}~" if latest else "log#~"
        return {
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :lower AND :upper",
            "ExpressionAttributeValues": {
                ":pk": text(self._keys.run(flow_run_id)),
                ":lower": text(lower),
                ":upper": text(upper),
            },
        }


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The times of the entries that a reader wants, which the horizon of a walk may narrow."""

    between: Times
    horizon: Horizon | None
    descending: bool

    @property
    def times(self) -> Times:
        """The earliest and the latest time, as they are by now."""
        (earliest, latest), time = self.between, self.horizon.time if self.horizon else None
        if time is None:
            return earliest, latest
        if self.descending:
            return time if earliest is None else max(time, earliest), latest
        return earliest, time if latest is None else min(time, latest)

    def may_have(self, item: Item) -> bool:
        """Return False if no entry of a batch is wanted, as its first and its last time tell."""
        earliest, latest = self.times
        if earliest is not None and time_in(read_text(item, "sk")) < earliest:
            return False
        if latest is None:
            return True
        first = first_time(item)
        return first is None or first <= latest

    def ends_at(self, last: datetime) -> bool:
        """Return True if no batch behind one with this last time can have an entry before the horizon."""
        if self.horizon is None or self.horizon.time is None:
            return False
        return last < self.horizon.time if self.descending else last - SPAN > self.horizon.time


def _expires(item: Item) -> float:
    return read_number(item, "expires") if "expires" in item else float("inf")
