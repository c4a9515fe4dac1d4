"""Mutations of flow runs."""

from typing import Any

from domain.errors import BadUserInput
from domain.flow_runs.states import State
from graphql_api.mutations import costs
from graphql_api.mutations.dialects import Mutation
from graphql_api.mutations.inputs import (
    FLOW_RUN_ID,
    ID,
    INTEGER,
    JSON_VALUE,
    TEXT,
    TEXTS,
    TIME,
    MutationInput,
    as_object,
    list_of,
    optional,
    required,
    required_in_camel_case,
)
from graphql_api.mutations.payloads import Payload, Payloads, found
from graphql_api.mutations.states import (
    STATE,
    STATES_DESCRIPTION,
    VERSION,
    VERSION_DESCRIPTION,
    read_state,
    read_states,
    set_payload,
)
from operations.context import Context
from operations.flow_runs import ending, optional_locking, states
from operations.flow_runs.create_flow_run import CreateFlowRun, create_flow_run


class CreateFlowRunInput(MutationInput):
    """A new flow run."""

    flow_id = optional(ID, "The flow to run.")
    version_group_id = optional(TEXT, "Or the version group whose unarchived flow to run.")
    parameters = optional(JSON_VALUE, "Parameters that replace the flow's defaults of the same names.")
    context = optional(JSON_VALUE, "Values for the run's context.")
    labels = optional(TEXTS, "Only agents with all of these labels may start the run; the flow's if null.")
    run_config = optional(JSON_VALUE, "The run config; the flow's run config if null.")
    # Flows name their children after their data, and rename themselves in the same way.
    flow_run_name = optional(TEXT, "The flow run's name; one is made up if null.", readable=True)
    scheduled_start_time = optional(TIME, "The planned start time; at once if null.")
    idempotency_key = optional(TEXT, "The same key returns the same run, within 24 hours of its last use.")


class SetFlowRunStateInput(MutationInput):
    """A state for one flow run."""

    flow_run_id = optional(ID, "The flow run.")
    id = optional(ID, "Another name of `flow_run_id`.")
    # Prefect's concept page requires it. Runners that fail before they read a version send null to the lists.
    version = required_in_camel_case(INTEGER, VERSION_DESCRIPTION)
    state = STATE


class StateOfFlowRunInput(MutationInput):
    """A state for one of several flow runs."""

    flow_run_id = FLOW_RUN_ID
    version = VERSION
    state = STATE


class SetFlowRunStatesInput(MutationInput):
    """States for flow runs."""

    states = required(list_of(StateOfFlowRunInput, costs.STATE), STATES_DESCRIPTION)


class FlowRunInput(MutationInput):
    """The id of a flow run."""

    flow_run_id = FLOW_RUN_ID


class RestartFlowRunInput(FlowRunInput):
    """A flow run that is over."""

    idempotency_key = optional(TEXT, "The same key restarts the flow run once, however often it is sent.")
    version = optional(INTEGER, VERSION_DESCRIPTION)


class SetFlowRunNameInput(FlowRunInput):
    """A new name."""

    name = required(TEXT, "The flow run's new name.", readable=True)


class SetFlowRunLabelsInput(FlowRunInput):
    """New labels."""

    labels = required(TEXTS, "The flow run's new labels; they replace the earlier ones.")


def flow_run_mutations(payloads: Payloads) -> tuple[Mutation[Any], ...]:
    """Return the mutations of flow runs."""
    return (
        Mutation("create_flow_run", "Create a flow run.", CreateFlowRunInput, payloads.flow_run, _create),
        Mutation(
            "set_flow_run_state",
            "Set the state of a flow run, if the given version is its current one.",
            SetFlowRunStateInput,
            payloads.flow_run_state,
            _set_state,
        ),
        Mutation(
            "set_flow_run_states",
            "Set the states of flow runs one by one, in order; the first failure ends the mutation.",
            SetFlowRunStatesInput,
            payloads.flow_run_states,
            _set_states,
        ),
        Mutation(
            "cancel_flow_run",
            "Ask a running flow run to stop, or end a waiting one; a finished one stays as it is.",
            FlowRunInput,
            payloads.cancelled_flow_run,
            _cancel,
        ),
        Mutation(
            "restart_flow_run",
            "Let a flow run that is over go on from what has failed; what succeeded is not repeated.",
            RestartFlowRunInput,
            payloads.restarted_flow_run,
            _restart,
        ),
        Mutation("set_flow_run_name", "Rename a flow run.", SetFlowRunNameInput, payloads.success, _set_name),
        Mutation(
            "set_flow_run_labels",
            "Replace the labels of a flow run.",
            SetFlowRunLabelsInput,
            payloads.success,
            _set_labels,
        ),
        Mutation(
            "delete_flow_run",
            "Delete a flow run with its history.",
            FlowRunInput,
            payloads.success,
            _delete,
        ),
        Mutation(
            "update_flow_run_heartbeat",
            "Record that the flow run's process is alive.",
            FlowRunInput,
            payloads.success,
            _heartbeat,
        ),
    )


def _create(context: Context, given: CreateFlowRunInput) -> Payload:
    memory = context.work.memory
    request = CreateFlowRun(
        flow_id=given.flow_id,
        version_group_id=given.version_group_id,
        parameters=as_object(given.parameters, "parameters", memory),
        context=as_object(given.context, "context", memory),
        labels=given.labels,
        run_config=as_object(given.run_config, "run_config", memory),
        flow_run_name=given.flow_run_name,
        scheduled_start_time=given.scheduled_start_time,
        idempotency_key=given.idempotency_key,
    )
    return {"id": create_flow_run(context, request)}


def _set_state(context: Context, given: SetFlowRunStateInput) -> Payload:
    if (given.flow_run_id is None) == (given.id is None):
        raise BadUserInput("Give flow_run_id (or id, which means the same): which run's state to set.")
    flow_run_id = given.flow_run_id or given.id or ""
    return _set_one(context, flow_run_id, given.version, read_state(given.state, context.work.memory))


def _set_states(context: Context, given: SetFlowRunStatesInput) -> Payload:
    wanted = read_states([change.state for change in given.states], context.work.memory)
    return {
        "states": [
            _set_one(context, change.flow_run_id, change.version, state)
            for change, state in zip(given.states, wanted, strict=True)
        ]
    }


def _set_one(context: Context, flow_run_id: str, version: int | None, state: State) -> Payload:
    context.work.check_more_changes("states")
    run = optional_locking.set_flow_run_state_with_optional_lock(context, flow_run_id, version, state)
    return set_payload(run, state)


def _cancel(context: Context, given: FlowRunInput) -> Payload:
    run = ending.cancel_flow_run(context, given.flow_run_id)
    return {"id": run.id, "known": run, "state": run.state.type}


def _restart(context: Context, given: RestartFlowRunInput) -> Payload:
    restarted = optional_locking.restart_flow_run_with_optional_lock(
        context, given.flow_run_id, given.idempotency_key, given.version
    )
    run = restarted.run
    return {
        "id": run.id,
        "known": run,
        "version": run.version,
        "state": run.state.type,
        "left": restarted.left,
    }


def _set_name(context: Context, given: SetFlowRunNameInput) -> Payload:
    is_found = states.set_flow_run_name(context, given.flow_run_id, given.name)
    return found(is_found, "flow run", given.flow_run_id)


def _set_labels(context: Context, given: SetFlowRunLabelsInput) -> Payload:
    is_found = states.set_flow_run_labels(context, given.flow_run_id, given.labels)
    return found(is_found, "flow run", given.flow_run_id)


def _delete(context: Context, given: FlowRunInput) -> Payload:
    from operations.flow_runs.deleting import delete_flow_run

    is_found = delete_flow_run(context, given.flow_run_id)
    return found(is_found, "flow run", given.flow_run_id)


def _heartbeat(context: Context, given: FlowRunInput) -> Payload:
    states.update_heartbeat(context, given.flow_run_id)
    return {"success": True}
