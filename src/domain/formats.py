"""The form of what is stored, as a number, and how far a tenant's data has been brought into it.

Each change of what is stored raises CURRENT by one and brings a step that turns older data into the new form.
The steps go through the data twice: code of an earlier release may still write for half a minute while a
deployment takes its place, behind the first pass. Until both are done, requests find data of either form.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from domain.errors import ApiError

CURRENT: Final = 3
# Between the two passes. A function of the release before ends within its time limit, 30 seconds.
OVERLAP: Final = timedelta(minutes=2)


class DataTooNew(ApiError):
    """A later release has stored data here, which this one would misread: it must not go on."""

    code = "DATA_TOO_NEW"


@dataclass(frozen=True, slots=True)
class Piece:
    """What was done of a step: the next piece begins at `after`, None at the end.

    `faults` are the items that could not be read, by their partitions: they stay as they are.
    """

    after: str | None
    faults: Mapping[str, Exception] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """What a tenant's data is like.

    version   all of it has at least this form
    target    some of it may have this one: code that does not know it keeps off
    step      which step is next, from `version` to `target`; beyond, when there is none
    place     where in its data that step goes on; None at the beginning
    passed    when the first pass was over; None before
    revision  how often this was written, by which writers meet
    """

    version: int
    target: int
    step: int
    place: str | None = None
    passed: datetime | None = None
    revision: int = 1

    @property
    def is_current(self) -> bool:
        """Whether all of it has the form that this code writes."""
        return self.version == CURRENT

    def is_idle(self, now: datetime) -> bool:
        """Whether the first pass is over, and the second is not to begin yet."""
        at_start = self.step == self.version and self.place is None
        return self.passed is not None and at_start and now < self.passed + OVERLAP

    def came_to(self, place: str | None, now: datetime) -> "Format":
        """After a piece of a step: the next one begins at `place`, or there was none left."""
        after = replace(self, place=place, revision=self.revision + 1)
        if place is not None:
            return after
        after = replace(after, step=self.step + 1)
        if after.step < self.target:
            return after
        if self.passed is None:
            return replace(after, step=self.version, passed=now)
        return replace(after, version=self.target, passed=None)


NEW: Final = Format(version=CURRENT, target=CURRENT, step=CURRENT)


def check_known(found: Format | None) -> None:
    """Refuse to touch data of a later release. Raises DataTooNew."""
    if found is not None and found.target > CURRENT:
        raise DataTooNew(
            f"The data has form {found.target}, written by a later release than this one, which knows forms "
            f"up to {CURRENT}. Go on with that release, or restore the data from before it."
        )


def begun(found: Format | None) -> Format:
    """The record with which this code goes on to bring the data into its form. Raises DataTooNew.

    Data without a record is older than the first one. A migration that an earlier release began for a form
    of its own begins anew, since that release may still write.
    """
    check_known(found)
    if found is None:
        return Format(version=0, target=CURRENT, step=0)
    if found.target == CURRENT:
        return found
    return Format(version=found.version, target=CURRENT, step=found.version, revision=found.revision + 1)


def begun_alone(found: Format | None, now: datetime) -> Format:
    """The same where nobody else can write: one pass from the beginning is enough."""
    record = begun(found)
    return record if record.is_current else replace(record, step=record.version, place=None, passed=now)
