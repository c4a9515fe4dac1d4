"""The use case for which all the others exist: create a flow run, once."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.access.authors import Author
from domain.errors import BadUserInput
from domain.flow_runs.flow_runs import FlowRun, RunInputs
from domain.flow_runs.histories import HistoryEntry
from domain.flow_runs.idempotency import (
    CLIENT_KEY_LIFETIME,
    IdempotencyKey,
    Inputs,
    check_key,
    digest,
    older_digest,
)
from domain.flow_runs.occurrences import ASKED_LATE, AUTOMATIC_KEY, Occurrence
from domain.flow_runs.states import scheduled
from domain.flows.flows import Flow
from domain.flows.run_defaults import (
    check_runnable,
    default_parameters,
    effective_labels,
    effective_parameters,
    effective_run_config,
)
from domain.ids import RANDOM_BITS, time_ordered_id
from domain.json_types import JsonObject
from domain.names import fitted_name
from domain.random_names import made_up_name
from operations.context import Context
from operations.flows.finding import current_flow_id, get_flow


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateFlowRun:
    """A request to create a flow run of a flow, which is given by its id or by its version group.

    `author` is who makes it, None for the caller, or the schedule if there is an occurrence.
    """

    flow_id: str | None = None
    version_group_id: str | None = None
    parameters: JsonObject | None = None
    context: JsonObject | None = None
    labels: list[str] | None = None
    run_config: JsonObject | None = None
    flow_run_name: str | None = None
    scheduled_start_time: datetime | None = None
    idempotency_key: str | None = None
    occurrence: Occurrence | None = None
    author: Author | None = None


def create_flow_run(context: Context, request: CreateFlowRun) -> str:
    """Create a run, Scheduled, version 1; return its id, or the id of the run that its key already made.

    Raises NotFound for an unknown flow, BadUserInput for an archived one, missing parameters or unusable
    values, IdempotencyKeyReused, PayloadTooLarge, ApiError; in each case nothing was written.
    """
    now = context.now()
    flow = _flow(context, request)
    if (request.idempotency_key or "").startswith(AUTOMATIC_KEY):
        automatic = _automatic_run(context, flow, request.scheduled_start_time)
        if automatic is not None:
            return automatic
    run = new_run(context, flow, request, now)
    idempotency = _idempotency(flow, run, request, now)
    try:
        check_runnable(flow, run.inputs.parameters)
    except BadUserInput:
        # A repeat asks for no new run, so it returns the first run even if the flow was archived since.
        earlier = context.store.flow_runs.repeat(idempotency, now) if idempotency else None
        if earlier is None:
            raise
        return earlier
    if now - run.scheduled_start_time > ASKED_LATE:
        return _create_late(context, run, idempotency, now)
    return _stored(context, run, idempotency, now)


def _stored(context: Context, run: FlowRun, idempotency: IdempotencyKey | None, now: datetime) -> str:
    flow_run_id = context.store.flow_runs.create(run, idempotency, now)
    context.tally["runs"] += flow_run_id == run.id
    return flow_run_id


def _create_late(context: Context, run: FlowRun, idempotency: IdempotencyKey | None, now: datetime) -> str:
    """Create a run long after its time, and note it before, so that backfills know of it.

    A note that is left behind by a crash names no run, and so says nothing.
    """
    backfills, place = context.store.backfills, (run.flow_group_id, run.scheduled_start_time)
    backfills.note_asked(*place, run.id)
    flow_run_id = _stored(context, run, idempotency, now)
    if flow_run_id != run.id:
        backfills.forget_asked(*place, run.id)
    return flow_run_id


def _automatic_run(context: Context, flow: Flow, time: datetime | None) -> str | None:
    """Return the run that the flow's schedule has made for this time; None if it has none.

    A cancelled run can be asked for again.
    """
    record = context.store.schedules.get(flow.flow_group_id)
    made = () if record is None else record.made
    ids = [each.flow_run_id for each in made if each.time == time and each.flow_run_id]
    runs = context.store.flow_runs.get(ids, (), consistent=True)
    return next((run.id for run in runs if run.state.type != "Cancelled"), None)


def _flow(context: Context, request: CreateFlowRun) -> Flow:
    if (request.flow_id is None) == (request.version_group_id is None):
        raise BadUserInput("Give either flow_id or version_group_id, to say which flow to run.")
    return get_flow(context, request.flow_id or current_flow_id(context, request.version_group_id or ""))


def new_run(context: Context, flow: Flow, request: CreateFlowRun, now: datetime) -> FlowRun:
    """Return a new run, which is not stored yet. Raises BadUserInput, PayloadTooLarge."""
    start = request.scheduled_start_time or now
    asked_by = context.caller.author if request.occurrence is None else None
    # With a slow clock the run would be older than its flow, and no list of the flow's runs would have it.
    created = max(now, flow.since)
    flow_run_id = time_ordered_id(created, context.random_bits(RANDOM_BITS))
    name = request.flow_run_name
    return FlowRun(
        id=flow_run_id,
        tenant_id=context.tenant.id,
        flow_id=flow.id,
        flow_group_id=flow.flow_group_id,
        name=made_up_name(flow_run_id) if name is None else fitted_name(name, "flow_run_name"),
        labels=effective_labels(flow, request.labels, request.run_config),
        version=1,
        created=created,
        updated=created,
        scheduled_start_time=start,
        auto_scheduled=request.occurrence is not None,
        task_count=flow.task_count,
        start_time=None,
        end_time=None,
        heartbeat=None,
        inputs=RunInputs(
            parameters=effective_parameters(flow, request.parameters),
            context=request.context or {},
            run_config=effective_run_config(flow, request.run_config),
            idempotency_key=request.idempotency_key,
        ),
        history=(HistoryEntry(version=1, timestamp=now, state=scheduled(start), token=context.token()),),
        author=request.author or asked_by,
    )


def _idempotency(flow: Flow, run: FlowRun, request: CreateFlowRun, now: datetime) -> IdempotencyKey | None:
    if request.occurrence is not None:
        inputs = _digests(_compared(flow, request), run.inputs.context)
        return _occurrence_key(request.occurrence, inputs)
    if request.idempotency_key is None:
        return None
    parameters = _compared(flow, request)
    inputs = _digests(parameters, run.inputs.context)
    older = Inputs(parameters=older_digest(parameters), context=older_digest(run.inputs.context))
    return IdempotencyKey(
        scope=run.flow_id,
        text=check_key(request.idempotency_key),
        inputs=inputs,
        given=replace(_given(request, inputs), older=_given(request, older)),
        expires=now + CLIENT_KEY_LIFETIME,
        slides=True,
    )


def _compared(flow: Flow, request: CreateFlowRun) -> JsonObject:
    """Return the parameters in which a request and its repeat must agree.

    The defaults of the group are left out, because they may change between the two.
    """
    return {**default_parameters(flow), **(request.parameters or {})}


def _digests(parameters: JsonObject, run_context: JsonObject) -> Inputs:
    return Inputs(parameters=digest(parameters), context=digest(run_context))


def _given(request: CreateFlowRun, inputs: Inputs) -> Inputs:
    """Return the digests of the inputs that the request gives, because only these can differ in a repeat."""
    return Inputs(
        parameters=inputs.parameters if request.parameters is not None else None,
        context=inputs.context if request.context is not None else None,
    )


def _occurrence_key(occurrence: Occurrence, inputs: Inputs) -> IdempotencyKey:
    """Return the key of a schedule's occurrence.

    Its scope is the schedule, not the flow, because the flow may get a new version between two deliveries. It
    ends at a fixed time, so that no use of it needs a write. The inputs of a redelivery are not compared.
    """
    return IdempotencyKey(
        scope=f"schedule/{occurrence.schedule}",
        text=occurrence.key,
        inputs=inputs,
        given=Inputs(parameters=None, context=None),
        expires=occurrence.forgotten,
        slides=False,
    )
