"""Changes of many flow runs, as the client returns them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from flow_runs.times import read_time


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedChange:
    """A run that could not be changed, and why."""

    flow_run_id: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedRuns:
    """What a change of many runs has done, or would do if it is a dry run.

    matched       how many matching runs it has dealt with
    changed       how many of them it has changed
    skipped       how many runs it has left as they are, by the reasons `already_done`, `ended`, `live` and
                  `gone`
    failed        the runs that could not be changed
    as_of         runs that were created later are left out
    continuation  leads on; None if no more runs match
    flow_run_ids  for a dry run the first ids, else those that the last portion has changed
    read_units, write_units
                  about what the change costs, for a dry run
    """

    matched: int = 0
    changed: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    failed: tuple[FailedChange, ...] = ()
    as_of: datetime | None = None
    continuation: str | None = None
    flow_run_ids: tuple[str, ...] = ()
    read_units: int | None = None
    write_units: int | None = None

    @classmethod
    def from_json(cls, payload: Mapping[str, Any]) -> "ChangedRuns":
        """Return what a payload of a response tells."""
        return cls(
            matched=payload["matched"],
            changed=payload["changed"],
            skipped={each["reason"]: each["count"] for each in payload["skipped"]},
            failed=tuple(
                FailedChange(flow_run_id=each["flow_run_id"], code=each["code"], message=each["message"])
                for each in payload["failed"]
            ),
            as_of=read_time(payload["as_of"]),
            continuation=payload["continuation"],
            flow_run_ids=tuple(payload["flow_run_ids"]),
            read_units=payload["read_units"],
            write_units=payload["write_units"],
        )

    def after(self, before: "ChangedRuns") -> "ChangedRuns":
        """Return this portion together with those before it."""
        reasons = {**before.skipped, **self.skipped}
        return replace(
            self,
            matched=before.matched + self.matched,
            changed=before.changed + self.changed,
            skipped={
                reason: before.skipped.get(reason, 0) + self.skipped.get(reason, 0) for reason in reasons
            },
            failed=(*before.failed, *self.failed),
        )
