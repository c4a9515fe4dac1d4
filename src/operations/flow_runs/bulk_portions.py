"""What a portion of a change of many runs has done."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from domain.errors import FlowRunsError
from domain.flow_runs.bulk_changes import (
    Untouched,
)
from operations.flow_runs.bulk_costs import Units


@dataclass(frozen=True, slots=True)
class Failure:
    """The error because of which a run was not changed."""

    flow_run_id: str
    error: FlowRunsError


@dataclass(slots=True, kw_only=True)
class Portion:
    """What a portion has done, or would do if it is a dry run.

    matched       how many matching runs it has dealt with
    changed       the ids of the runs that it has changed
    untouched     how many runs it has left as they are, by the reasons
    units         about what it costs to change the runs, for a dry run
    continuation  leads to the next portion; None if there is none
    """

    as_of: datetime
    matched: int = 0
    changed: list[str] = field(default_factory=list)
    untouched: Counter[Untouched] = field(default_factory=Counter)
    failed: list[Failure] = field(default_factory=list)
    units: Units | None = None
    continuation: str | None = None
