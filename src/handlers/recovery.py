"""The function that EventBridge invokes every minute: it makes the runs of schedules, and recovers dead runs.

After an upgrade it also migrates the data of the release before, a piece each minute. It reads nothing from
the event. A tick that fails is not delivered again, because the next tick does its work.
"""

from handlers.quiet_collector import settle

# isort: split
from functools import cache
from typing import Any, Final

from aws_lambda_powertools import Logger

import wiring
from domain.errors import ApiError, cause_of, described
from handlers.invocation import LambdaContext, time_left
from operations.context import Context
from operations.migrating import migrate
from operations.recovery.tick import Bounds, Summary, tick
from operations.schedules.tick import SchedulesSummary, keep_up_all

# A call to DynamoDB takes up to twelve seconds; after it the tick still has to note its progress.
RESERVE_SECONDS: Final = 15.0

_COUNTED: Final = (
    *("looked_at", "retried", "failed", "rescheduled", "restarted", "given_up"),
    *("cancelled", "deleted"),
    *("lost", "faults"),
)
# The names of a tick's counts in its response, with those that they have among the counts of schedules.
_OF_SCHEDULES: Final = {
    "schedules": "looked_at",
    "scheduled": "made",
    "unscheduled": "removed",
    "schedules_at_fault": "at_fault",
    "missed": "missed",
}


class RunsNotRecovered(Exception):
    """The error of a tick that could not recover some runs; the log has each fault.

    All other runs were recovered.
    """


class RunsNotScheduled(Exception):
    """The error of a tick that could not make the runs of some schedules; the log has each fault."""


@cache
def _logger() -> Logger:
    """Return the process's logger, made at the first event, because a logger reads the environment."""
    return Logger(service="flow-runs-recovery")


def handler(_event: Any, context: LambdaContext) -> dict[str, Any]:
    """Make one tick. Return the numbers of runs that it examined, and of those that it recovered in each way.

    Raises ApiError if the database did not respond, RunsNotRecovered if single runs failed.
    """
    app = wiring.app()
    settle()
    try:
        request = app.context()
        if not request.store.is_current:
            _migrate(request, context)
        schedules = _keep_schedules(request, context)
        summary = tick(request, app.settings.recovery, Bounds(time_left(context, RESERVE_SECONDS)))
    except ApiError as error:
        # Lambda's own log line has only the error that is raised here, not its cause.
        facts = {"request_id": context.aws_request_id, "cause": described(cause_of(error))}
        _logger().error("no answer", extra=facts)
        raise
    for flow_run_id, fault in summary.faults.items():
        _logger().error(
            "run not recovered",
            exc_info=(type(fault), fault, fault.__traceback__),
            extra={"request_id": context.aws_request_id, "flow_run_id": flow_run_id},
        )
    facts = _facts(summary, schedules)
    _logger().info("tick", extra={"request_id": context.aws_request_id, **facts, **request.cost()})
    if summary.faults:
        raise RunsNotRecovered(f"{facts['faults']} runs could not be recovered; the log says why.")
    if schedules.faults:
        raise RunsNotScheduled(f"{schedules.counts['faults']} schedules have failed; the log says why.")
    return facts


def _keep_schedules(request: Context, context: LambdaContext) -> SchedulesSummary:
    """Make the runs of schedules for a third of the time. Recovery needs the rest."""
    left = time_left(context, RESERVE_SECONDS)
    rest = left() * 2 / 3
    summary = keep_up_all(request, lambda: left() - rest)
    for flow_group_id, fault in summary.faults.items():
        _logger().error(
            "schedule not kept up",
            exc_info=(type(fault), fault, fault.__traceback__),
            extra={"request_id": context.aws_request_id, "flow_group_id": flow_group_id},
        )
    return summary


def _migrate(request: Context, context: LambdaContext) -> None:
    """Continue a migration for half of the time; the tick over live runs needs the other half."""
    left = time_left(context, RESERVE_SECONDS)
    half = left() / 2
    facts: dict[str, Any] = {"request_id": context.aws_request_id}
    for record, piece in migrate(request, lambda: left() > half):
        for partition, fault in piece.faults.items():
            _logger().error(
                "item not migrated",
                exc_info=(type(fault), fault, fault.__traceback__),
                extra={**facts, "partition": partition},
            )
        facts |= {"form": record.version, "target": record.target, "step": record.step}
        facts["pass"] = 1 if record.passed is None else 2
    if "form" in facts:
        _logger().info("migration", extra=facts)


def _facts(summary: Summary, schedules: SchedulesSummary) -> dict[str, Any]:
    counts = {name: summary.counts[name] for name in _COUNTED}
    of_schedules = {name: schedules.counts[counted] for name, counted in _OF_SCHEDULES.items()}
    overdue = int(schedules.overdue.total_seconds())
    return {**counts, "left": summary.left or schedules.left, **of_schedules, "overdue_s": overdue}
