"""The payloads of mutations: an id and the object with that id, or the success of the mutation.

A field is non-null if every resolver gives it a value. The object itself stays nullable, because another
request may delete it before it is read.
"""

from collections.abc import Callable
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from domain.flow_runs.flow_runs import FlowRun
from domain.task_runs.task_runs import TaskRun
from graphql_api.info import Info
from graphql_api.language.scalars import DATE_TIME, JSON, UUID
from graphql_api.queries.read_types import ReadTypes
from graphql_api.queries.selections import need_of
from operations.reads.entities.registry import ENTITIES
from operations.reads.query import row_by_id, row_of_any_tenant, row_of_known
from operations.reads.rows import Row

Payload = dict[str, Any]


def found(is_found: bool, what: str, identifier: str) -> Payload:
    """Return a `success_payload`: the success of a mutation that fails only if its object does not exist."""
    return {"success": is_found, "error": None if is_found else f"There is no {what} {identifier}."}


class Payloads:
    """The payload types, each made once."""

    def __init__(self, types: ReadTypes) -> None:
        self.project = _with_object(types, "project")
        self.project_change = _with_success(types, "project")
        self.tenant = _with_object(types, "tenant")
        self.flow = _with_object(types, "flow")
        self.flow_change = _with_success(types, "flow")
        self.flow_run = _with_object(types, "flow_run")
        self.flow_run_state = _state_payload(types, "flow_run")
        self.flow_run_states = _states_payload(self.flow_run_state, "flow_run")
        self.cancelled_flow_run = _cancel_payload(types)
        self.restarted_flow_run = _restart_payload(types)
        self.task_run = _with_object(types, "task_run")
        self.task_run_states = _states_payload(_state_payload(types, "task_run"), "task_run")
        self.task_run_info = _task_run_info()
        self.task_run_artifact = _with_object(types, "task_run_artifact")
        self.agent = _with_object(types, "agent")
        self.agent_config = _with_object(types, "agent_config")
        self.key_value = _with_object(types, "key_value")
        self.task_tag_limit = _with_object(types, "task_tag_limit")
        self.flow_concurrency_limit = _with_object(types, "flow_concurrency_limit")
        self.flow_run_ids = _runs_in_queue()
        self.backfill = _backfill()
        self.success = GraphQLObjectType("success_payload", _success_fields())


def _success_fields() -> dict[str, GraphQLField]:
    return {
        "success": GraphQLField(GraphQLNonNull(GraphQLBoolean), description="True if the object was found."),
        "error": GraphQLField(GraphQLString, description="The reason if `success` is false."),
    }


def _runs_in_queue() -> GraphQLObjectType:
    ids = GraphQLNonNull(GraphQLList(GraphQLNonNull(UUID)))
    field = GraphQLField(ids, description="The runs in the order of their due times.")
    return GraphQLObjectType("runs_in_queue_payload", {"flow_run_ids": field})


def _backfill() -> GraphQLObjectType:
    whole, time = GraphQLNonNull(GraphQLInt), DATE_TIME
    return GraphQLObjectType(
        "backfill_payload",
        {
            "id": GraphQLField(
                GraphQLNonNull(UUID),
                description="The backfill's id; it follows from the values or the key.",
            ),
            "status": GraphQLField(
                GraphQLString, description="`running`, `stopped` or `done`; null for a dry run."
            ),
            "count": GraphQLField(whole, description="The number of runs that the backfill makes."),
            "made": GraphQLField(whole, description="The number of runs that it has made."),
            "write_units": GraphQLField(whole, description="About how many write units these runs cost."),
            "first_time": GraphQLField(time, description="The time of the first run, for a dry run."),
            "last_time": GraphQLField(time, description="The time of the last run, for a dry run."),
        },
    )


def _task_run_info() -> GraphQLObjectType:
    return GraphQLObjectType(
        "task_run_info_payload",
        {
            "id": GraphQLField(GraphQLNonNull(UUID), description="The task run's id."),
            "version": GraphQLField(
                GraphQLNonNull(GraphQLInt), description="The number of the task run's states."
            ),
            "state": GraphQLField(
                GraphQLNonNull(GraphQLString), description="The type of the task run's current state."
            ),
            "serialized_state": GraphQLField(
                GraphQLNonNull(JSON), description="The whole current state of the task run."
            ),
        },
    )


def _cancel_payload(types: ReadTypes) -> GraphQLObjectType:
    state = GraphQLField(
        GraphQLNonNull(GraphQLString), description="The type of the flow run's current state."
    )
    fields = {**_object_fields(types, "flow_run", as_changed=True), "state": state}
    return GraphQLObjectType("cancel_flow_run_payload", fields)


def _restart_payload(types: ReadTypes) -> GraphQLObjectType:
    fields = {
        **_object_fields(types, "flow_run", as_changed=True),
        "version": GraphQLField(
            GraphQLNonNull(GraphQLInt), description="The flow run's version after this change."
        ),
        "state": GraphQLField(
            GraphQLNonNull(GraphQLString), description="The type of its state; `Scheduled` unless `left`."
        ),
        "left": GraphQLField(
            GraphQLNonNull(GraphQLBoolean),
            description="True if more task runs are to be reset first; send the request again.",
        ),
    }
    return GraphQLObjectType("restart_flow_run_payload", fields)


def _state_payload(types: ReadTypes, name: str) -> GraphQLObjectType:
    return GraphQLObjectType(
        f"set_{name}_state_payload",
        {
            **_object_fields(types, name, as_changed=True),
            "status": GraphQLField(
                GraphQLNonNull(GraphQLString),
                description="`SUCCESS`; `QUEUED` if a concurrency limit has no free slot.",
            ),
            "message": GraphQLField(GraphQLString, description="The reason for `QUEUED`."),
            "version": GraphQLField(
                GraphQLNonNull(GraphQLInt), description="The run's version after this change."
            ),
        },
    )


def _states_payload(one: GraphQLObjectType, name: str) -> GraphQLObjectType:
    states = GraphQLField(GraphQLNonNull(GraphQLList(GraphQLNonNull(one))))
    return GraphQLObjectType(f"set_{name}_states_payload", {"states": states})


def _with_object(types: ReadTypes, name: str) -> GraphQLObjectType:
    return GraphQLObjectType(f"{name}_id_payload", _object_fields(types, name))


def _with_success(types: ReadTypes, name: str) -> GraphQLObjectType:
    """Return a payload with id and success, because older clients select the id, later ones the success."""
    return GraphQLObjectType(f"{name}_change_payload", {**_object_fields(types, name), **_success_fields()})


def _object_fields(types: ReadTypes, name: str, *, as_changed: bool = False) -> dict[str, GraphQLField]:
    current = f"The {name} as it is now."
    changed = f"The {name} as this change left it; its related objects as they are now."
    return {
        "id": GraphQLField(GraphQLNonNull(UUID), description=f"The {name}'s id."),
        name: GraphQLField(
            types.objects[name],
            resolve=_object_resolver(name),
            description=changed if as_changed else current,
        ),
    }


def _object_resolver(name: str) -> Callable[..., Any]:
    def resolve(payload: Payload, info: Info) -> Row | None:
        need = need_of(info, ENTITIES[name])
        if need.columns <= {"id"} and not (need.relations or need.lists):
            return Row(_OnlyId(payload["id"]))
        known = payload.get("known")
        if isinstance(known, FlowRun | TaskRun):
            return row_of_known(info.context, name, known, need)
        if name == "tenant":
            # Who may change a tenant sees it here, though lists have only those that the caller's key opens.
            return row_of_any_tenant(info.context, payload["id"], need)
        return row_by_id(info.context, name, payload["id"], need)

    return resolve


class _OnlyId:
    """An object of which only the id is selected, as clients do. It is not read from the store."""

    def __init__(self, identifier: str) -> None:
        self.id = identifier
