"""Mutations of task runs, and the one query that clients ask by name."""

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from domain.task_runs.task_runs import Children, TaskRun
from graphql_api.info import Info
from graphql_api.language.scalars import DATE_TIME, JSON, UUID
from graphql_api.mutations.dialects import Input, Mutation, Required
from graphql_api.mutations.flow_runs import MAX_STATES, STATE, VERSION, checked_states, set_payload
from graphql_api.mutations.flows import Given
from graphql_api.mutations.payloads import Payloads
from operations.context import Context
from operations.flow_runs import optional_locking
from operations.task_runs import task_runs

_YES = Required.YES


def _get_or_create(context: Context, given: Given) -> Given:
    task_run = task_runs.get_or_create_task_run(
        context, given["flow_run_id"], given["task_id"], given.get("map_index")
    )
    return {**_info(task_run), "known": task_run}


def _info(task_run: TaskRun) -> Given:
    return {
        "id": task_run.id,
        "version": task_run.version,
        "state": task_run.state.type,
        "serialized_state": task_run.state.data,
    }


def _set_states(context: Context, given: Given) -> Given:
    return {"states": [_set_one(context, each) for each in checked_states(given)]}


def _set_one(context: Context, given: Given) -> Given:
    task_run = optional_locking.set_task_run_state_with_optional_lock(
        context, given["task_run_id"], given.get("version"), given["state"]
    )
    return set_payload(task_run, given["state"])


def _set_name(context: Context, given: Given) -> Given:
    found = task_runs.set_task_run_name(context, given["task_run_id"], given["name"])
    return {"success": found, "error": None if found else f"There is no task run {given['task_run_id']}."}


def _heartbeat(context: Context, given: Given) -> Given:
    task_runs.update_task_run_heartbeat(context, given["task_run_id"])
    return {"success": True}


def task_run_info_field(payload: GraphQLObjectType) -> GraphQLField:
    """`get_task_run_info`, which runners ask when a state change was refused for its version."""

    def resolve(_root: None, info: Info, task_run_id: str) -> Given:
        return _info(task_runs.get_task_run(info.context, task_run_id))

    return GraphQLField(
        payload,
        {"task_run_id": GraphQLArgument(GraphQLNonNull(UUID))},
        resolve,
        description="The current state of a task run.",
    )


def mapped_children_field() -> GraphQLField:
    """`mapped_children`, which sums up the children of a mapped task run."""
    kind = GraphQLObjectType(
        "mapped_children",
        {
            "min_start_time": GraphQLField(DATE_TIME, description="When the first of them was Running."),
            "max_end_time": GraphQLField(DATE_TIME, description="When the last of them came to an end."),
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
        description="What the children of a mapped task run, those that have begun, come to.",
    )


_TASK_RUN_ID = Input("task_run_id", UUID, "The task run.", _YES)
_WHICH = (
    Input("flow_run_id", UUID, "The flow run.", _YES),
    Input("task_id", UUID, "The task, of the flow of that run.", _YES),
    Input("map_index", GraphQLInt, "Which child of a mapped task; -1, or null, for none."),
)


def task_run_mutations(payloads: Payloads) -> tuple[Mutation, ...]:
    """The mutations of task runs."""
    return (
        Mutation(
            "get_or_create_task_run",
            "The run of a task in a flow run, the same one for everybody who asks.",
            _WHICH,
            payloads.task_run,
            _get_or_create,
        ),
        Mutation(
            "get_or_create_task_run_info",
            "The same, with what a runner needs before it sets a state.",
            _WHICH,
            payloads.task_run_info,
            _get_or_create,
        ),
        Mutation(
            "set_task_run_states",
            "Set the states of task runs, each by itself and in order; the first failure ends the call.",
            (Input("states", None, f"Up to {MAX_STATES}.", _YES, items=(_TASK_RUN_ID, VERSION, STATE)),),
            payloads.task_run_states,
            _set_states,
        ),
        Mutation(
            "set_task_run_name",
            "Rename a task run.",
            (_TASK_RUN_ID, Input("name", GraphQLString, "Its new name.", _YES, readable=True)),
            payloads.success,
            _set_name,
        ),
        Mutation(
            "update_task_run_heartbeat",
            "Say that a task run's process is alive.",
            (_TASK_RUN_ID,),
            payloads.success,
            _heartbeat,
        ),
    )
