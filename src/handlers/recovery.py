"""The function that EventBridge invokes every minute: it makes the runs of schedules, and recovers dead runs.

It does so for each tenant of the deployment, by turns. After an upgrade it also migrates the data of the
release before, a piece each minute. It reads nothing from the event. A tick that fails is not delivered
again, because the next tick does its work.
"""

from handlers.quiet_collector import settle

# isort: split
from functools import cache
from typing import Any, Final

from aws_lambda_powertools import Logger

import wiring
from domain.errors import ApiError, cause_of, described
from handlers.invocation import LambdaContext, time_left
from handlers.tick_totals import TickTotals
from operations.access.usage import note_now
from operations.context import Context
from operations.migrating import migrate
from operations.recovery.tenant_rounds import Share, shares
from operations.recovery.tick import Bounds, tick_from
from operations.schedules.tick import SchedulesSummary, keep_up_all

# A call to DynamoDB takes up to twelve seconds; after it the tick still has to note its progress.
RESERVE_SECONDS: Final = 15.0


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
    done = TickTotals()
    try:
        home = app.context()
        for share in shares(home, time_left(context, RESERVE_SECONDS), app.settings.recovery.interval):
            done.tenants += 1
            # What fails for one tenant stops no other.
            try:
                _tick(app, home, share, context, done)
            except Exception as error:  # noqa: BLE001
                _note_failure(done, error, share, context)
    except ApiError as error:
        _note_failure(done, error, None, context)
    facts = done.facts()
    if done.failure is not None and done.tenants <= 1:
        raise done.failure
    several = {"tenants": done.tenants} if done.tenants > 1 else {}
    _logger().info("tick", extra={"request_id": context.aws_request_id, **facts, **several, **home.cost()})
    if done.failure is not None:
        raise done.failure
    if done.summary.faults:
        raise RunsNotRecovered(f"{facts['faults']} runs could not be recovered; the log says why.")
    if done.schedules.faults:
        raise RunsNotScheduled(f"{done.schedules.counts['faults']} schedules have failed; the log says why.")
    return facts


def _note_failure(done: TickTotals, error: Exception, share: Share | None, context: LambdaContext) -> None:
    """Keep the first failure. Lambda's own log line has only this error, not its cause, and no tenant."""
    done.failure = done.failure or error
    facts = {"request_id": context.aws_request_id, "cause": described(cause_of(error))}
    if share is not None:
        facts["tenant_id"] = share.tenant_id
    if isinstance(error, ApiError):
        _logger().error("no answer", extra=facts)
    else:
        _logger().error("tick failed", exc_info=(type(error), error, error.__traceback__), extra=facts)


def _tick(app: wiring.App, home: Context, share: Share, context: LambdaContext, done: TickTotals) -> None:
    """Do the work of one tenant in its share of the time. Raises ApiError."""
    request = app.for_tenant(home, share.tenant_id)
    if not request.store.is_current:
        _migrate(request, share, context)
    scheduled = _keep_schedules(request, share, context)
    note_now(request, {"runs": scheduled.counts["made"]})
    done.add_schedules(scheduled)
    is_home = request is home
    before = share.cursor if is_home else request.store.recovery_cursor.read()
    bounds = Bounds(share.time_left)
    summary = tick_from(request, app.settings.recovery, bounds, before, share.unbroken_since)
    done.add(summary)
    for flow_run_id, fault in summary.faults.items():
        _logger().error(
            "run not recovered",
            exc_info=(type(fault), fault, fault.__traceback__),
            extra={
                "request_id": context.aws_request_id,
                "tenant_id": share.tenant_id,
                "flow_run_id": flow_run_id,
            },
        )


def _keep_schedules(request: Context, share: Share, context: LambdaContext) -> SchedulesSummary:
    """Make the runs of schedules for a third of the time. Recovery needs the rest."""
    left = share.time_left
    rest = left() * 2 / 3
    summary = keep_up_all(request, lambda: left() - rest)
    for flow_group_id, fault in summary.faults.items():
        _logger().error(
            "schedule not kept up",
            exc_info=(type(fault), fault, fault.__traceback__),
            extra={
                "request_id": context.aws_request_id,
                "tenant_id": share.tenant_id,
                "flow_group_id": flow_group_id,
            },
        )
    return summary


def _migrate(request: Context, share: Share, context: LambdaContext) -> None:
    """Continue a migration for half of the time; the tick over live runs needs the other half."""
    left = share.time_left
    half = left() / 2
    facts: dict[str, Any] = {"request_id": context.aws_request_id, "tenant_id": share.tenant_id}
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
