"""Mutations of flow runs."""

from dataclasses import replace

from graphql import GraphQLInt, GraphQLList, GraphQLNonNull, GraphQLString

from domain.errors import BadUserInput
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import State, parse_state
from domain.task_runs.task_runs import TaskRun
from graphql_api.language.scalars import DATE_TIME, JSON, UUID
from graphql_api.mutations.dialects import Input, Mutation, Required
from graphql_api.mutations.flows import Given, as_json, as_object
from graphql_api.mutations.payloads import Payloads
from operations.context import Context
from operations.flow_runs import deleting as deleting_runs
from operations.flow_runs import optional_locking
from operations.flow_runs import states as flow_runs
from operations.flow_runs.create_flow_run import CreateFlowRun, create_flow_run

_YES = Required.YES
_LABELS = GraphQLList(GraphQLNonNull(GraphQLString))


def _create(context: Context, given: Given) -> Given:
    request = CreateFlowRun(
        flow_id=given.get("flow_id"),
        version_group_id=given.get("version_group_id"),
        parameters=as_object(given, "parameters"),
        context=as_object(given, "context"),
        labels=given.get("labels"),
        run_config=as_object(given, "run_config"),
        flow_run_name=given.get("flow_run_name"),
        scheduled_start_time=given.get("scheduled_start_time"),
        idempotency_key=given.get("idempotency_key"),
    )
    return {"id": create_flow_run(context, request)}


def _set_state(context: Context, given: Given) -> Given:
    flow_run_id, other = given.get("flow_run_id"), given.get("id")
    if (flow_run_id is None) == (other is None):
        raise BadUserInput("Give flow_run_id (or id, which means the same): which run's state to set.")
    return _set_one(context, flow_run_id or other or "", {**given, "state": _state(given)})


def _set_one(context: Context, flow_run_id: str, given: Given) -> Given:
    run = optional_locking.set_flow_run_state_with_optional_lock(
        context, flow_run_id, given.get("version"), given["state"]
    )
    return set_payload(run, given["state"])


def set_payload(run: FlowRun | TaskRun, asked: State) -> Given:
    """Return what is told to who asked for a state: that the run has it, or waits to be Running.

    `run` is as this change left it, so that the caller can go on with its version.
    """
    waits = asked.type == "Running" and run.state.type == "Queued"
    return {
        "id": run.id,
        "known": run,
        "status": "QUEUED" if waits else "SUCCESS",
        "message": run.state.message if waits else None,
        "version": run.version,
    }


def _state(given: Given) -> State:
    """A state's texts are mended, wherever they stand: whoever ends a run could not send it otherwise."""
    return parse_state(as_json(given["state"], "state", readable=True))


def checked_states(given: Given) -> list[Given]:
    """The states that a call is to set, every one of them checked before the first is."""
    wanted: list[Given] = given["states"]
    if len(wanted) > MAX_STATES:
        raise BadUserInput(f"states: at most {MAX_STATES} can be set at once, not {len(wanted)}.")
    return [{**each, "state": _state(each)} for each in wanted]


def _set_states(context: Context, given: Given) -> Given:
    return {"states": [_set_one(context, each["flow_run_id"], each) for each in checked_states(given)]}


def _cancel(context: Context, given: Given) -> Given:
    run = flow_runs.cancel_flow_run(context, given["flow_run_id"])
    return {"id": run.id, "known": run, "state": run.state.type}


def _set_name(context: Context, given: Given) -> Given:
    return _found(flow_runs.set_flow_run_name(context, given["flow_run_id"], given["name"]), given)


def _set_labels(context: Context, given: Given) -> Given:
    return _found(flow_runs.set_flow_run_labels(context, given["flow_run_id"], given["labels"]), given)


def _delete(context: Context, given: Given) -> Given:
    return _found(deleting_runs.delete_flow_run(context, given["flow_run_id"]), given)


def _heartbeat(context: Context, given: Given) -> Given:
    flow_runs.update_heartbeat(context, given["flow_run_id"])
    return {"success": True}


def _found(found: bool, given: Given) -> Given:
    return {"success": found, "error": None if found else f"There is no flow run {given['flow_run_id']}."}


MAX_STATES = 100

_FLOW_RUN_ID = Input("flow_run_id", UUID, "The run.", _YES)
STATE = Input("state", JSON, 'The state: `{type: "Success", message: "It worked!"}`.', _YES, readable=True)
VERSION = Input(
    "version",
    GraphQLInt,
    "The run's version that this change builds on; any other fails. Null means whatever is current.",
)
_CREATE_INPUTS = (
    Input("flow_id", UUID, "The flow to run."),
    Input("version_group_id", GraphQLString, "Or the group whose unarchived flow to run."),
    Input("parameters", JSON, "Parameters over the flow's defaults."),
    Input("context", JSON, "Values for the run's context."),
    Input("labels", _LABELS, "Only agents with all of these may take it; the flow's own if null."),
    Input("run_config", JSON, "How to execute it; as the flow says if null."),
    # Flows name their children after what they work on, and what they rename themselves to.
    Input("flow_run_name", GraphQLString, "Its name; two random words if null.", readable=True),
    Input("scheduled_start_time", DATE_TIME, "When to start it; at once if null."),
    Input("idempotency_key", GraphQLString, "Within 24 hours of its last use it answers the same run."),
)


def flow_run_mutations(payloads: Payloads) -> tuple[Mutation, ...]:
    """The mutations of flow runs."""
    return (
        Mutation("create_flow_run", "Create a run of a flow.", _CREATE_INPUTS, payloads.flow_run, _create),
        Mutation(
            "set_flow_run_state",
            "Set a run's state, if the given version is its current one.",
            (
                Input("flow_run_id", UUID, "The run."),
                Input("id", UUID, "The same, by its other name."),
                # The concept page's own mutation asks for it. Runners that break before they read a version
                # send null to the others.
                replace(VERSION, required=Required.IN_CAMEL_CASE),
                STATE,
            ),
            payloads.flow_run_state,
            _set_state,
        ),
        Mutation(
            "set_flow_run_states",
            "Set the states of runs, each by itself and in order; the first failure ends the call.",
            (
                Input(
                    "states",
                    None,
                    f"Up to {MAX_STATES}.",
                    _YES,
                    items=(_FLOW_RUN_ID, VERSION, STATE),
                ),
            ),
            payloads.flow_run_states,
            _set_states,
        ),
        Mutation(
            "cancel_flow_run",
            "Ask a running run to stop, end one that waits; one that has ended stays as it is.",
            (_FLOW_RUN_ID,),
            payloads.cancelled_flow_run,
            _cancel,
        ),
        Mutation(
            "set_flow_run_name",
            "Rename a run.",
            (_FLOW_RUN_ID, Input("name", GraphQLString, "Its new name.", _YES, readable=True)),
            payloads.success,
            _set_name,
        ),
        Mutation(
            "set_flow_run_labels",
            "Give a run other labels.",
            (_FLOW_RUN_ID, Input("labels", _LABELS, "All its labels from now on.", _YES)),
            payloads.success,
            _set_labels,
        ),
        Mutation(
            "delete_flow_run",
            "Delete a run and its history.",
            (_FLOW_RUN_ID,),
            payloads.success,
            _delete,
        ),
        Mutation(
            "update_flow_run_heartbeat",
            "Say that a run's process is alive.",
            (_FLOW_RUN_ID,),
            payloads.success,
            _heartbeat,
        ),
    )
