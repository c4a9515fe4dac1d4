"""The function that EventBridge invokes: a schedule, a scheduled rule, or an object in S3 creates a flow run.

Delivery is asynchronous and at least once. An error that a retry can mend is raised, so that Lambda tries
again and finally sends the event to the dead-letter queue. An event that no retry can mend goes there at
once.
"""

from handlers.quiet_collector import settle

# isort: split
from functools import cache
from typing import Any, Final

from aws_lambda_powertools import Logger

import wiring
from domain.access.authors import EVENT
from domain.errors import ApiError, FlowRunsError, cause_of, described
from domain.flow_runs.occurrences import check_occurrence
from domain.ids import parse_uuid
from domain.work import Work
from handlers.asked_run import AskedRun
from handlers.invocation import LambdaContext, time_left
from handlers.object_run import ObjectRun
from handlers.scheduled_run import read_event
from operations.access.usage import note_now
from operations.context import Context
from operations.flow_runs.create_flow_run import CreateFlowRun, create_flow_run
from operations.flows.finding import find_flow_id

# Work ends so many seconds before Lambda ends the function, so that the log says why the event comes again.
RESERVE_SECONDS: Final = 2.0


@cache
def _logger() -> Logger:
    """Return the process's logger, made at the first event, because a logger reads the environment."""
    return Logger(service="flow-runs-schedules")


def handler(event: Any, context: LambdaContext | None) -> dict[str, str]:
    """Create the run that the event asks for, unless an earlier delivery has created it.

    Return `{status: "accepted", flow_run_id}`, or `{status: "rejected", code, reason}` for an event that was
    sent to the dead-letter queue. Without a context, time does not end. Raises ApiError if the event should
    be delivered again.
    """
    app = wiring.app()
    settle()
    request_id = context.aws_request_id if context else ""
    work = Work.unlimited(time_left(context, RESERVE_SECONDS)) if context else Work.unlimited()
    try:
        run = read_event(event)
        flow_run_id = _create(_context(app, work, run), run)
    except ApiError as error:
        # Lambda's own log line has only the error that is raised here, not its cause.
        facts = {"request_id": request_id, "cause": described(cause_of(error))}
        _logger().error("no answer", extra=facts)
        raise
    except FlowRunsError as error:
        app.dead_letters.send(event, error.code, error.message)
        facts = {"code": error.code, "reason": error.message}
        _logger().warning("event rejected", extra={"request_id": request_id, **facts})
        return {"status": "rejected", **facts}
    _logger().info("event accepted", extra={"request_id": request_id, "flow_run_id": flow_run_id})
    return {"status": "accepted", "flow_run_id": flow_run_id}


def _context(app: wiring.App, work: Work, run: AskedRun) -> Context:
    """Return the context for the tenant that an event names. Raises BadUserInput, Forbidden, ApiError."""
    home = app.context(None, None, work)
    return home if run.tenant_id is None else app.for_tenant(home, parse_uuid(run.tenant_id, "tenantId"))


def _create(context: Context, run: AskedRun) -> str:
    occurrence = run.occurrence
    check_occurrence(occurrence, context.now())
    flow_id = None if run.flow_id is None else parse_uuid(run.flow_id, "flowId")
    if run.flow_name is not None and run.project_name is not None:
        flow_id = find_flow_id(context, flow_name=run.flow_name, project_name=run.project_name)
    request = CreateFlowRun(
        flow_id=flow_id,
        version_group_id=run.version_group_id,
        parameters=run.run_parameters,
        context=run.run_context,
        labels=run.labels,
        run_config=run.run_config,
        flow_run_name=run.flow_run_name,
        scheduled_start_time=occurrence.time,
        occurrence=occurrence,
        author=EVENT if isinstance(run, ObjectRun) else None,
    )
    flow_run_id = create_flow_run(context, request)
    note_now(context, context.tally)
    return flow_run_id
