"""Mutations of task runs, and the queries by which runners look at them."""

from typing import Any

from graphql import GraphQLArgument, GraphQLField, GraphQLNonNull, GraphQLObjectType

from domain.flow_runs.states import State
from domain.task_runs.task_runs import Children, TaskRun
from graphql_api.info import Info
from graphql_api.language.scalars import DATE_TIME, JSON, UUID
from graphql_api.mutations import costs
from graphql_api.mutations.dialects import Mutation
from graphql_api.mutations.inputs import (
    FLOW_RUN_ID,
    ID,
    INTEGER,
    TASK_RUN_ID,
    TEXT,
    MutationInput,
    list_of,
    optional,
    required,
)
from graphql_api.mutations.payloads import Payload, Payloads, found
from graphql_api.mutations.states import STATE, STATES_DESCRIPTION, VERSION, read_states, set_payload
from operations.context import Context
from operations.flow_runs import optional_locking
from operations.task_runs import task_runs


class GetOrCreateTaskRunInput(MutationInput):
    """A task of a flow run."""

    flow_run_id = FLOW_RUN_ID
    task_id = required(ID, "A task of the flow run's flow.")
    map_index = optional(INTEGER, "The index of a mapped child; -1 or null if the task is not mapped.")


class StateOfTaskRunInput(MutationInput):
    """A state for one of several task runs."""

    task_run_id = TASK_RUN_ID
    version = VERSION
    state = STATE


class SetTaskRunStatesInput(MutationInput):
    """States for task runs."""

    states = required(list_of(StateOfTaskRunInput, costs.STATE), STATES_DESCRIPTION)


class TaskRunInput(MutationInput):
    """The id of a task run."""

    task_run_id = TASK_RUN_ID


class SetTaskRunNameInput(TaskRunInput):
    """A new name."""

    name = required(TEXT, "The task run's new name.", readable=True)


def task_run_mutations(payloads: Payloads) -> tuple[Mutation[Any], ...]:
    """Return the mutations of task runs."""
    return (
        Mutation(
            "get_or_create_task_run",
            "Return the run of a task in a flow run; every caller gets the same one.",
            GetOrCreateTaskRunInput,
            payloads.task_run,
            _get_or_create,
        ),
        Mutation(
            "get_or_create_task_run_info",
            "Return the same task run with its version and state, for runners.",
            GetOrCreateTaskRunInput,
            payloads.task_run_info,
            _get_or_create,
        ),
        Mutation(
            "set_task_run_states",
            "Set the states of task runs one by one, in order; the first failure ends the mutation.",
            SetTaskRunStatesInput,
            payloads.task_run_states,
            _set_states,
        ),
        Mutation("set_task_run_name", "Rename a task run.", SetTaskRunNameInput, payloads.success, _set_name),
        Mutation(
            "update_task_run_heartbeat",
            "Record that the task run's process is alive.",
            TaskRunInput,
            payloads.success,
            _heartbeat,
        ),
    )


def task_run_info_field(payload: GraphQLObjectType) -> GraphQLField:
    """Return the query `get_task_run_info`, which runners send after a version conflict."""

    def resolve(_root: None, info: Info, task_run_id: str) -> Payload:
        return _info(task_runs.get_task_run(info.context, task_run_id))

    return GraphQLField(
        payload,
        {"task_run_id": GraphQLArgument(GraphQLNonNull(UUID))},
        resolve,
        description="The current state of a task run.",
    )


def mapped_children_field() -> GraphQLField:
    """Return the query `mapped_children`, which sums up the children of a mapped task run."""
    kind = GraphQLObjectType(
        "mapped_children",
        {
            "min_start_time": GraphQLField(
                DATE_TIME, description="The time of the first child's first Running state."
            ),
            "max_end_time": GraphQLField(DATE_TIME, description="The time of the last child's end."),
            "state_counts": GraphQLField(
                GraphQLNonNull(JSON), description="The number of children in each state, by its type."
            ),
        },
    )

    def resolve(_root: None, info: Info, task_run_id: str) -> Children:
        return task_runs.mapped_children(info.context, task_run_id)

    return GraphQLField(
        kind,
        {"task_run_id": GraphQLArgument(GraphQLNonNull(UUID))},
        resolve,
        description="A summary of the children of a mapped task run that have begun.",
    )


def _get_or_create(context: Context, given: GetOrCreateTaskRunInput) -> Payload:
    task_run = task_runs.get_or_create_task_run(context, given.flow_run_id, given.task_id, given.map_index)
    return {**_info(task_run), "known": task_run}


def _info(task_run: TaskRun) -> Payload:
    return {
        "id": task_run.id,
        "version": task_run.version,
        "state": task_run.state.type,
        "serialized_state": task_run.state.data,
    }


def _set_states(context: Context, given: SetTaskRunStatesInput) -> Payload:
    wanted = read_states([change.state for change in given.states], context.work.memory)
    return {
        "states": [
            _set_one(context, change.task_run_id, change.version, state)
            for change, state in zip(given.states, wanted, strict=True)
        ]
    }


def _set_one(context: Context, task_run_id: str, version: int | None, state: State) -> Payload:
    context.work.check_more_changes("states")
    task_run = optional_locking.set_task_run_state_with_optional_lock(context, task_run_id, version, state)
    return set_payload(task_run, state)


def _set_name(context: Context, given: SetTaskRunNameInput) -> Payload:
    is_found = task_runs.set_task_run_name(context, given.task_run_id, given.name)
    return found(is_found, "task run", given.task_run_id)


def _heartbeat(context: Context, given: TaskRunInput) -> Payload:
    task_runs.update_task_run_heartbeat(context, given.task_run_id)
    return {"success": True}
