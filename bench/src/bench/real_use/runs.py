"""Runs of a year: many that have ended, few that are live, and a backlog of those that wait."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Final

from bench.real_use.catalogue import Catalogue, Versions
from bench.stored_runs import life
from domain.flow_runs.flow_runs import FlowRun, RunInputs
from domain.flow_runs.histories import HistoryEntry
from domain.flow_runs.states import scheduled
from domain.ids import RANDOM_BITS, time_ordered_id
from domain.random_names import made_up_name

YEAR: Final = timedelta(days=365)
# Of a million runs so many are live, and so many wait; in proportion of fewer.
LIVE: Final = 5_000
WAITING: Final = 20_000
OF: Final = 1_000_000
# So many runs were given the same name. The others have the names that the service made up.
COMMON_NAME: Final = "weekly report"
NAMED: Final = 150
FEWEST_NAMED: Final = 3
# A tenth of the waiting runs are late: their labels are those of no agent.
LATE: Final = 0.1
_ENDED: Final = {"Success": 930, "Failed": 50, "Cancelled": 20}
_LIVE: Final = {"Running": 800, "Submitted": 200}
_LABELS: Final = {("prod",): 70, ("gpu", "prod"): 20, (): 10}
_BACKLOG_LABELS: Final = ["retired-host"]
_PARAMETERS: Final = {"dataset": "s3://bucket-name/path/to/data/2026-11-23.parquet", "limit": 1000}
_INPUTS: Final = RunInputs(parameters=_PARAMETERS)


@dataclass(frozen=True, slots=True)
class Plan:
    """The time, the state and the start of a run that is to be made."""

    created: datetime
    end: str
    start: datetime | None = None
    labels: list[str] | None = None
    versions: Versions | None = None
    name: str | None = None


class Author:
    """A generator of the runs of a tenant: the same runs for the same seed."""

    def __init__(self, catalogue: Catalogue, now: datetime, seed: int) -> None:
        self._catalogue = catalogue
        self._now = now
        self._dice = random.Random(seed)  # noqa: S311
        # A few flows have most of the runs, and many flows have few.
        self._weights = list(accumulate(1 / rank for rank in range(1, len(catalogue.versions) + 1)))

    def runs(self, count: int) -> Iterator[FlowRun]:
        """Yield so many runs."""
        dice, now = self._dice, self._now
        live, waiting = (max(5, part * count // OF) for part in (LIVE, WAITING))
        for state in dice.choices(list(_LIVE), list(_LIVE.values()), k=live):
            yield self.run(Plan(now - timedelta(minutes=dice.uniform(60, 600)), state))
        for number in range(waiting):
            yield self.run(self._waiting(is_late=number < max(2, waiting * LATE)))
        named = max(FEWEST_NAMED, NAMED * count // OF)
        for number, state in enumerate(
            dice.choices(list(_ENDED), list(_ENDED.values()), k=count - live - waiting)
        ):
            created = now - timedelta(hours=2) - dice.random() * (YEAR - timedelta(hours=2))
            yield self.run(Plan(created, state, name=COMMON_NAME if number < named else None))

    def _waiting(self, *, is_late: bool) -> Plan:
        hours = self._dice.uniform(1, 48)
        created = self._now - timedelta(hours=hours + 1)
        if is_late:
            return Plan(created, "Scheduled", self._now - timedelta(hours=hours), _BACKLOG_LABELS)
        return Plan(created, "Scheduled", self._now + timedelta(hours=self._dice.uniform(1, 240)))

    def run(self, plan: Plan) -> FlowRun:
        """Return a run whose last state is of the type `plan.end`."""
        dice, created = self._dice, plan.created
        versions = plan.versions or dice.choices(self._catalogue.versions, cum_weights=self._weights)[0]
        flow = versions.at(created)
        history = self._history(plan)
        labels = dice.choices(list(_LABELS), list(_LABELS.values()))[0]
        flow_run_id = time_ordered_id(created, dice.getrandbits(RANDOM_BITS))
        return FlowRun(
            id=flow_run_id,
            tenant_id=flow.tenant_id,
            flow_id=flow.id,
            flow_group_id=flow.flow_group_id,
            name=plan.name or made_up_name(flow_run_id),
            labels=list(labels) if plan.labels is None else plan.labels,
            version=len(history),
            created=created,
            updated=history[-1].timestamp,
            scheduled_start_time=plan.start or created,
            auto_scheduled=dice.random() < 0.8,  # noqa: PLR2004 - most runs are those of schedules
            task_count=versions.tasks,
            start_time=_newest(history, "Running"),
            end_time=history[-1].timestamp if history[-1].state.ends_run else None,
            heartbeat=_newest(history, "Submitted", "Running"),
            inputs=_INPUTS,
            history=history,
        )

    def _history(self, plan: Plan) -> tuple[HistoryEntry, ...]:
        dice, seconds, history = self._dice, 0.0, []
        states = life(plan.end, scheduled(plan.start or plan.created))
        for version, state in enumerate(states, 1):
            at = plan.created + timedelta(seconds=seconds)
            history.append(HistoryEntry(version=version, timestamp=at, state=state, token=dice.randbytes(6)))
            seconds += dice.uniform(1, 15 if version < len(states) - 1 else 3_000)
        return tuple(history)


def _newest(history: Sequence[HistoryEntry], *types: str) -> datetime | None:
    """Return the time of the newest state of these types; no run of this module is Running twice."""
    return next((entry.timestamp for entry in reversed(history) if entry.state.type in types), None)
