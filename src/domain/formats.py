"""The form of the stored data, as a number, and the progress of a tenant's migration to the current form.

Each change of the stored data raises CURRENT by one and comes with a step that migrates older data. The steps
go through the data twice, because code of an earlier release may still write for half a minute during a
deployment, behind the first pass. Until both passes are over, requests find data of either form.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from domain.errors import ApiError

CURRENT: Final = 4
# The pause between the two passes. A function of the earlier release ends within its time limit, 30 seconds.
OVERLAP: Final = timedelta(minutes=2)


class DataTooNew(ApiError):
    """A later release has stored data that this release would misread, so it must not continue."""

    code = "DATA_TOO_NEW"


@dataclass(frozen=True, slots=True)
class MigrationPiece:
    """The result of one piece of a step. The next piece begins at `after`, or the step ends if it is None.

    `faults` are the errors of items that could not be read, by their partitions. Such items stay unchanged.
    """

    after: str | None
    faults: Mapping[str, Exception] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """The record of the form of a tenant's data.

    version   all data has at least this form
    target    some data may have this form, so code that does not know it must not touch the data
    step      the next step, from `version` to `target`; more than `target` if no step is left
    position  the position in the data where the step continues; None at the beginning
    passed    when the first pass was over; None before
    revision  the number of writes of this record, by which writers notice each other
    """

    version: int
    target: int
    step: int
    position: str | None = None
    passed: datetime | None = None
    revision: int = 1

    @property
    def is_current(self) -> bool:
        """Return True if all data has the form that this code writes."""
        return self.version == CURRENT

    def is_idle(self, now: datetime) -> bool:
        """Return True if the first pass is over and the second must not begin yet."""
        at_start = self.step == self.version and self.position is None
        return self.passed is not None and at_start and now < self.passed + OVERLAP

    def advanced_to(self, position: str | None, now: datetime) -> "Format":
        """Return the record after a piece of a step. The step is over if `position` is None."""
        after = replace(self, position=position, revision=self.revision + 1)
        if position is not None:
            return after
        after = replace(after, step=self.step + 1)
        if after.step < self.target:
            return after
        if self.passed is None:
            return replace(after, step=self.version, passed=now)
        return replace(after, version=self.target, passed=None)


NEW: Final = Format(version=CURRENT, target=CURRENT, step=CURRENT)


def check_known(found: Format | None) -> None:
    """Raise DataTooNew if the data is of a later release."""
    if found is not None and found.target > CURRENT:
        raise DataTooNew(
            f"The data has form {found.target}, written by a later release than this one, which knows forms "
            f"up to {CURRENT}. Go on with that release, or restore the data from before it."
        )


def next_record(found: Format | None) -> Format:
    """Return the record with which this code continues the migration. Raises DataTooNew.

    Data without a record is older than the first record. A migration that an earlier release began for its
    own form begins again, because that release may still write.
    """
    check_known(found)
    if found is None:
        return Format(version=0, target=CURRENT, step=0)
    if found.target == CURRENT:
        return found
    return Format(version=found.version, target=CURRENT, step=found.version, revision=found.revision + 1)


def next_record_alone(found: Format | None, now: datetime) -> Format:
    """Return the record for one pass only, which is enough because nobody else can write."""
    record = next_record(found)
    return record if record.is_current else replace(record, step=record.version, position=None, passed=now)
