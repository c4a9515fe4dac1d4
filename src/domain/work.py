"""The work of one request: a budget on which everything draws whose amount the sender decides."""

import math
from collections.abc import Callable
from itertools import count

from domain import work_errors as errors
from domain.memory import Memory
from domain.work_bounds import (
    BEFORE_LAST_ROWS,
    CALL,
    CHANGE,
    DECODED,
    DECODED_IN_VAIN,
    LOOKED_AT,
    MAX_CHARACTERS,
    MAX_ITEMS,
    MAX_READS,
    MAX_ROWS,
    MAX_UNITS,
    MAX_UNITS_OF_CHANGES,
    OF_MANY_CALLS,
    ROWS_SHARE,
    STEP,
    UNITS_SHARE,
    UNPACKED,
)


class Work:
    """What one request has done, and what it may still do.

    `time_left` returns the seconds until the request is over, `has_left` if its client has left. `reads` are
    the reads of lists, `reads_of_changes` those within `change`, while `is_changing` is true. Several threads
    of a request may draw: each read counts, while units that two threads draw in the same instant may count
    once.
    """

    def __init__(
        self,
        *,
        max_units: float = MAX_UNITS,
        max_reads: float = MAX_READS,
        max_rows: float = MAX_ROWS,
        memory: Memory | None = None,
        time_left: Callable[[], float] = lambda: math.inf,
        has_left: Callable[[], bool] = lambda: False,
    ) -> None:
        self.memory = memory or Memory()
        self.units = self.units_of_changes = 0.0
        self._in_any_case = 0.0
        self.reads = self.reads_of_changes = self.rows = self.items = self.decoded = 0
        self._max_units, self._max_reads, self._max_rows = max_units, max_reads, max_rows
        self._max_changes = max_units / MAX_UNITS * MAX_UNITS_OF_CHANGES
        self._of_read = 1.0 / max_reads if max_reads else math.inf
        self._of_row = ROWS_SHARE / max_rows if max_rows else math.inf
        self._of_unit = UNITS_SHARE / max_units if max_units else math.inf
        is_bounded = max_reads < math.inf
        self._of_item = 1.0 / MAX_ITEMS if is_bounded else 0.0
        self._of_character = 1.0 / MAX_CHARACTERS if is_bounded else 0.0
        self._time_left, self._has_left = time_left, has_left
        self.is_changing = self._has_changed = False
        self._counter, self._counter_of_changes = count(1), count(1)
        self._next_look = 0.0

    @classmethod
    def unlimited(cls, time_left: Callable[[], float] = lambda: math.inf) -> "Work":
        """Return a budget that bounds the time alone, for work that no caller asks for."""
        memory = Memory.unlimited()
        return cls(
            max_units=math.inf, max_reads=math.inf, max_rows=math.inf, memory=memory, time_left=time_left
        )

    @property
    def used(self) -> float:
        """The part of the whole budget that is used, by all that it is shared by."""
        looked_at = self.items * self._of_item + self.rows * self._of_row
        unpacked = self.memory.unpacked * self._of_character
        return self.reads * self._of_read + looked_at + unpacked + self.units * self._of_unit

    def rows_left(self, units: float) -> float:
        """Return how many further rows the budget has room for, each of which takes so many units."""
        each = self._of_row + units * self._of_unit
        return (1.0 - self.used) // each if each else math.inf

    def draw(self, units: float, argument: str) -> None:
        """Take units before the work is done. Raises TooMuchWork, which names the argument, and ApiError."""
        self.units += units
        if self.units > self._max_units:
            raise errors.too_many_comparisons(argument)
        if self.units >= self._next_look:
            self._check_together()
            self._next_look = self.units + STEP
            self.check_time()

    def draw_rows(self, rows: int) -> None:
        """Count rows that were found and will be looked at. Raises TooMuchWork, ApiError.

        The last rows that fit may exceed the bound, because a list of many rows has a bound of its own.
        """
        if self.rows >= self._max_rows:
            raise errors.too_many_rows(self._max_rows)
        if self.used > BEFORE_LAST_ROWS:
            self._check_together(rows * self._of_row)
        self.rows += rows
        self.check_time()

    def draw_decoded(self, entries: int, *, in_vain: bool = False) -> None:
        """Count entries of logs that were decoded, or that were so and become no rows. Raises TooMuchWork."""
        self.decoded += 0 if in_vain else entries
        is_beyond = in_vain or self.decoded > self._max_rows
        self.draw(entries * (DECODED_IN_VAIN if is_beyond else DECODED), "log")

    def draw_read(self, needed: float = 0.0, reads: int = 1) -> None:
        """Count a read of the database before it is made. Raises TooMuchWork, ApiError.

        `needed` is how many seconds the read may take. It may count as several `reads`.
        """
        for _ in range(reads):  # each step of a counter is safe against other threads
            if self.is_changing:
                self.reads_of_changes = next(self._counter_of_changes)
            else:
                self.reads = next(self._counter)
        if not self.is_changing:
            if self.reads > self._max_reads:
                raise errors.too_many_reads(self._max_reads)
            self._check_together()
        self.check_time(needed)

    def note_items(self, items: int) -> None:
        """Count items that a batch of keys has found. The next read is refused if they are too many."""
        if not self.is_changing:
            self.items += items

    def note_write(self) -> None:
        """Count a write of the database. It is never refused, because its change has begun."""
        self.units_of_changes += CALL

    def change(self, field: str) -> "Change":
        """Return the context of a change of the data by this field of a mutation.

        A change begins only if there are time, reads and units left. The client must still wait for all but
        the first, because it may count on one change and have left. A change that has begun is finished. What
        its inputs ask for is drawn by `draw_change` before its first write. How much it reads follows from
        what is stored: the task runs of a cancelled flow run, the runs of a deleted flow. To refuse it half
        done for that would help nobody, so its own reads and writes are only counted, for the next change.
        What it reads is not added up in memory either, because it drops one value after the other.
        Raises TooMuchWork, ApiError.
        """
        if self._time_left() <= 0.0:
            raise errors.out_of_time()
        if self._has_changed and self._has_left():
            raise errors.client_left()
        if self.reads + self.reads_of_changes >= self._max_reads:
            raise errors.too_many_reads(self._max_reads)
        self.draw_change(CHANGE, field)
        self._has_changed = True
        return Change(self)

    def draw_change(self, units: float, argument: str) -> None:
        """Take units of a change before its first write. Raises TooMuchWork, which names the argument.

        After that no other change of the request begins.
        """
        self.units_of_changes += units
        if self.used_by_changes > self._max_changes:
            raise errors.change_too_large(argument)

    def reading(self) -> "Reading":
        """Return the context in which a change looks for what it changes: with the budget of a query.

        Nothing is written in it, so that it may end with an error.
        """
        return Reading(self)

    @property
    def seconds_left(self) -> float:
        """The seconds until the request is over."""
        return self._time_left()

    @property
    def has_changed(self) -> bool:
        """True once the request has begun to change data, so that what it read before may be old."""
        return self._has_changed

    @property
    def may_change(self) -> bool:
        """False if the changes of the request, and its reads, have used up their budget."""
        return self.used_by_changes <= self._max_changes

    @property
    def may_go_on(self) -> bool:
        """False if work that may go on in another request, or in recovery, has used up its part."""
        return self.used_by_changes - self._in_any_case <= self._max_changes * OF_MANY_CALLS

    def note_in_any_case(self, before: float) -> None:
        """Let what was used since `used_by_changes` was `before` not count for `may_go_on`.

        Each request that goes on with the work has to do this first, so that none would come further.
        """
        self._in_any_case += self.used_by_changes - before

    def check_more_changes(self, argument: str) -> None:
        """Raise TooMuchWork before the next of several changes of a field if those before were too much."""
        if not self.may_change:
            raise errors.too_many_changes(argument)

    def note_looked_at(self, items: int) -> None:
        """Count items that a change looks at."""
        self.units_of_changes += items * LOOKED_AT

    @property
    def used_by_changes(self) -> float:
        """The units that a further change finds used."""
        reads = CALL * (self.reads + self.reads_of_changes)
        return self.units + self.units_of_changes + reads + UNPACKED * self.memory.changed

    def _check_together(self, more: float = 0.0) -> None:
        """Raise TooMuchWork if all uses together use up the budget. A change goes on."""
        if self.used + more > 1.0 and not self.is_changing:
            raise errors.too_much_together(
                f"{self.reads:,} reads of the database, {self.items:,} items, {self.rows:,} rows, "
                f"{self.memory.unpacked:,} characters of stored values and {self.units:,.0f} units"
            )

    def check_time(self, needed: float = 0.0) -> None:
        """Raise ApiError if the time of the request is over, or too short for what needs so many seconds.

        Raise ClientLeft if nobody waits for the response and the request is not changing anything.
        """
        if self._time_left() <= needed:
            raise errors.out_of_time()
        # A change goes on, because its client may count on it and have left all the same.
        if not self.is_changing and self._has_left():
            raise errors.client_left()


class Change:
    """The context of a change: `with work.change(field): …`."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def __enter__(self) -> None:
        self._work.is_changing = True
        self._work.memory.begin_change()

    def __exit__(self, *_: object) -> None:
        self._work.is_changing = False
        self._work.memory.end_change()


class Reading:
    """The context of a list that a change reads: `with work.reading(): …`."""

    def __init__(self, work: Work) -> None:
        self._work, self._was_changing = work, False

    def __enter__(self) -> None:
        self._was_changing = self._work.is_changing
        self._set(is_changing=False)

    def __exit__(self, *_: object) -> None:
        self._set(is_changing=self._was_changing)

    def _set(self, *, is_changing: bool) -> None:
        self._work.is_changing = self._work.memory.is_changing = is_changing
