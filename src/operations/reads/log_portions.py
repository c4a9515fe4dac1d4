"""Portions of a log: what a bounded walk through it finds, and the place where the next portion begins.

A list of logs is complete or refused. A filter that few entries pass would be refused for a long log, however
few these are. A portion returns what it has found so far instead.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.errors import BadUserInput
from domain.task_runs.logs import Horizon, KeptEntry, Position, without_repeats
from domain.times import from_micros, to_micros
from operations.context import Context
from operations.reads.arguments import Arguments, Where
from operations.reads.compiling import compile_list
from operations.reads.entities.registry import ENTITIES
from operations.reads.loading import load, matching
from operations.reads.plans.search import Search
from operations.reads.plans.task_runs.log_plans import (
    DECIDED_COLUMNS,
    FIRST_BATCHES,
    LogPart,
    flow_run_ids,
    pages_of,
)
from operations.reads.query import FIELD
from operations.reads.rows import Inside, Listing, Need, Row
from operations.reads.where.constraints import Bounds, bounds, tells_all

MAX_LIMIT: Final = 1_000
# How many entries, and characters of messages, one portion looks at.
MAX_ENTRIES: Final = 10_000
MAX_CHARACTERS: Final = 16_000_000
# How many entries wait at most until it is sure that none comes before them: MAX_ENTRIES if a filter may
# leave most of them out, else so many and those that are wanted.
FEW_WAITING: Final = 1_000
# A portion ends when its entries have messages of so many bytes, so that a response can hold them.
MAX_RETURNED_BYTES: Final = 3_000_000
# So many entries are looked at together, however few are wanted.
_AT_LEAST: Final = 100
# A portion ends when this part of the budget of its request is used.
_PART: Final = 0.5
# The time, the batch and the place in it of the last entry that was looked at.
_CURSOR: Final = re.compile(r"(-?\d{1,17})\.([0-9a-f]{16})\.(\d{1,6})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class PortionRequest:
    """What is looked for, in which direction, how many entries at most, and behind which place."""

    where: Where
    newest_first: bool = False
    limit: int = 200
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Portion:
    """The entries that were found, how many were looked at, and behind which place the next portion begins.

    `next` is None if no entry was there. `is_end` is True if there was nothing behind that place.
    """

    rows: Sequence[Row]
    looked_at: int
    next: str | None
    is_end: bool


def log_portion(context: Context, request: PortionRequest, need: Need) -> Portion:
    """Return the next entries of a flow run's log that pass a filter. Raises BadUserInput."""
    if not 1 <= request.limit <= MAX_LIMIT:
        raise BadUserInput(
            f"log_portion: limit must be from 1 to {MAX_LIMIT:,}, not {request.limit}.", {"field": "limit"}
        )
    entity = ENTITIES["log"]
    with Inside("log_portion"):
        arguments = Arguments(where=request.where)
        arguments.check(context.work)
        listing = compile_list(entity, arguments, context.work, context.caller.projects)
        walk = _Walk(context, listing, request)
        walk.go()
        context.work.draw(len(walk.rows) * need.width * FIELD, "limit")
        load(context, entity, walk.rows, need)
        return Portion(walk.rows, walk.looked_at, _cursor(walk.last), walk.is_end)


class _Walk:
    def __init__(self, context: Context, listing: Listing, request: PortionRequest) -> None:
        self._context, self._listing, self._limit = context, listing, request.limit
        self._entity, self._descending = ENTITIES["log"], request.newest_first
        self.last = None if request.after is None else _place(request.after)
        self.rows: list[Row] = []
        self.looked_at = self._characters = self._bytes = 0
        self.is_end = False

    def go(self) -> None:
        """Walk through the log until the portion is full, its bound is reached, or the log ends."""
        ids = flow_run_ids(self._context, Search(self._listing.filter.where))
        if ids is None or len(ids) > 1:
            raise BadUserInput(
                "log_portion: where must name one flow run, by flow_run_id or task_run_id.",
                {"field": "where"},
            )
        for flow_run_id in ids:
            if self._walk(flow_run_id):
                return
        self.is_end = True

    def _walk(self, flow_run_id: str) -> bool:
        """Walk through the log of a flow run. Return True if more of it may be left."""
        takes_all = tells_all(self._listing.filter.where, DECIDED_COLUMNS)
        most = FEW_WAITING + self._limit if takes_all else MAX_ENTRIES
        horizon = Horizon(most=most, begin=self.last)
        for part in pages_of(
            self._context,
            flow_run_id,
            self._times(),
            descending=self._descending,
            page_size=FIRST_BATCHES,
            horizon=horizon,
        ):
            if self._take(part):
                return True
        return horizon.time is not None

    def _times(self) -> Bounds:
        """Return the times between which the entries are that may come."""
        earliest, latest = bounds(self._listing.filter.where, "timestamp")
        if self.last is None:
            return earliest, latest
        reached = self.last[0]
        if self._descending:
            return earliest, reached if latest is None else min(reached, latest)
        return reached if earliest is None else max(reached, earliest), latest

    def _take(self, part: LogPart) -> bool:
        """Look at further entries. Return True if the portion ends with some of them."""
        left = [kept for kept in without_repeats(part.complete) if self._is_behind(kept)]
        while left:
            size = min(max(self._limit, _AT_LEAST), MAX_ENTRIES - self.looked_at)
            some, left = left[:size], left[size:]
            if self._look_at(some):
                return True
        if part.complete and self._is_behind(part.complete[-1]):
            self.last = part.complete[-1].order  # perhaps that of an entry that equals an earlier one
        return False

    def _look_at(self, some: list[KeptEntry]) -> bool:
        self._context.work.draw_rows(len(some))
        rows = [Row(kept) for kept in some]
        found = matching(self._context, self._entity, rows, self._listing)
        fitting = self._fitting(found)
        self.rows += fitting
        is_full = len(fitting) < len(found) or len(self.rows) >= self._limit
        if is_full and not fitting:
            return True
        if is_full:
            some = some[: 1 + next(n for n, kept in enumerate(some) if kept is fitting[-1].value)]
        self.last = some[-1].order
        self.looked_at += len(some)
        self._characters += sum(len(kept.entry.message) for kept in some)
        return (
            is_full
            or self.looked_at >= MAX_ENTRIES
            or self._characters >= MAX_CHARACTERS
            or self._context.work.used > _PART
        )

    def _fitting(self, found: list[Row]) -> list[Row]:
        """Return the first of the entries that were found, as far as the portion has room; at least one."""
        fitting: list[Row] = []
        for row in found[: self._limit - len(self.rows)]:
            self._bytes += len(row.value.entry.message.encode("utf-8", "surrogatepass"))
            if self._bytes > MAX_RETURNED_BYTES and (self.rows or fitting):
                break
            fitting.append(row)
        return fitting

    def _is_behind(self, kept: KeptEntry) -> bool:
        if self.last is None:
            return True
        return kept.order < self.last if self._descending else kept.order > self.last


def _cursor(place: Position | None) -> str | None:
    return None if place is None else f"{to_micros(place[0])}.{place[1]}.{place[2]}"


def _place(cursor: str) -> Position:
    """Return the place that an earlier portion has returned. Raises BadUserInput for any other text."""
    found = _CURSOR.fullmatch(cursor)
    if found is not None:
        try:
            return from_micros(int(found[1])), found[2], int(found[3])
        except OverflowError:
            pass
    raise BadUserInput(
        "log_portion: after must be what `next` of an earlier portion was.", {"field": "after"}
    )
