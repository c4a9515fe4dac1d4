"""What mutations answer: an id and the object behind it, or whether it worked."""

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
from graphql_api.language.scalars import JSON, UUID
from graphql_api.queries.read_types import ReadTypes
from graphql_api.queries.selections import need_of
from operations.reads.entities.registry import ENTITIES
from operations.reads.query import row_by_id, row_of_known
from operations.reads.rows import Row


class Payloads:
    """The payload types, each made once."""

    def __init__(self, types: ReadTypes) -> None:
        self.project = _with_object(types, "project")
        self.flow = _with_object(types, "flow")
        self.key_value = _with_object(types, "key_value")
        self.task_tag_limit = _with_object(types, "task_tag_limit")
        self.flow_concurrency_limit = _with_object(types, "flow_concurrency_limit")
        self.flow_change = _with_success(types, "flow")
        self.project_change = _with_success(types, "project")
        self.tenant = _with_object(types, "tenant")
        self.flow_run = _with_object(types, "flow_run")
        self.flow_run_state = _state_payload(types, "flow_run")
        self.flow_run_states = _states_payload(self.flow_run_state, "flow_run")
        self.task_run_states = _states_payload(_state_payload(types, "task_run"), "task_run")
        self.task_run = _with_object(types, "task_run")
        self.task_run_artifact = _with_object(types, "task_run_artifact")
        self.task_run_info = GraphQLObjectType(
            "task_run_info_payload",
            {
                "id": GraphQLField(UUID, description="The task run's id."),
                "version": GraphQLField(GraphQLInt, description="How many states it has had."),
                "state": GraphQLField(GraphQLString, description="The type of its current state."),
                "serialized_state": GraphQLField(JSON, description="Its current state, whole."),
            },
        )
        self.state = GraphQLObjectType(
            "cancel_flow_run_payload",
            {
                **_object_fields(types, "flow_run", as_changed=True),
                "state": GraphQLField(GraphQLString, description="The state's type that the run is in now."),
            },
        )
        self.agent = _with_object(types, "agent")
        self.agent_config = _with_object(types, "agent_config")
        self.task_tag_limit = _with_object(types, "task_tag_limit")
        self.flow_concurrency_limit = _with_object(types, "flow_concurrency_limit")
        self.flow_run_ids = GraphQLObjectType(
            "runs_in_queue_payload",
            {
                "flow_run_ids": GraphQLField(
                    GraphQLNonNull(GraphQLList(GraphQLNonNull(UUID))),
                    description="The runs, in the order in which they are due.",
                )
            },
        )
        self.success = GraphQLObjectType("success_payload", _success_fields())


def _success_fields() -> dict[str, GraphQLField]:
    return {
        "success": GraphQLField(GraphQLBoolean, description="Whether there was such an object."),
        "error": GraphQLField(GraphQLString, description="Why not, if not."),
    }


def _state_payload(types: ReadTypes, name: str) -> GraphQLObjectType:
    return GraphQLObjectType(
        f"set_{name}_state_payload",
        {
            **_object_fields(types, name, as_changed=True),
            "status": GraphQLField(
                GraphQLString,
                description="`SUCCESS`; `QUEUED` when a limit let it wait instead of being Running.",
            ),
            "message": GraphQLField(GraphQLString, description="More on the status, if there is more."),
            "version": GraphQLField(
                GraphQLInt, description="The run's version with this change: the one before it, and 1."
            ),
        },
    )


def _states_payload(one: GraphQLObjectType, name: str) -> GraphQLObjectType:
    states = GraphQLField(GraphQLNonNull(GraphQLList(GraphQLNonNull(one))))
    return GraphQLObjectType(f"set_{name}_states_payload", {"states": states})


def _with_object(types: ReadTypes, name: str) -> GraphQLObjectType:
    return GraphQLObjectType(f"{name}_id_payload", _object_fields(types, name))


def _with_success(types: ReadTypes, name: str) -> GraphQLObjectType:
    """For what one era of clients asks for its id, the other whether it worked."""
    return GraphQLObjectType(f"{name}_change_payload", {**_object_fields(types, name), **_success_fields()})


def _object_fields(types: ReadTypes, name: str, *, as_changed: bool = False) -> dict[str, GraphQLField]:
    now = f"The {name} as it is now."
    left = (
        f"The {name} as this change left it, whoever has changed it since; what belongs to it as it is now."
    )
    return {
        "id": GraphQLField(UUID, description=f"The {name}'s id."),
        name: GraphQLField(
            types.objects[name], resolve=_object_resolver(name), description=left if as_changed else now
        ),
    }


def _object_resolver(name: str) -> Callable[..., Any]:
    def resolve(payload: dict[str, Any], info: Info) -> Row | None:
        need = need_of(info, ENTITIES[name])
        if need.columns <= {"id"} and not need.relations:
            return Row(_OnlyId(payload["id"]))
        known = payload.get("known")
        if isinstance(known, FlowRun | TaskRun):
            return row_of_known(info.context, name, known, need)
        return row_by_id(info.context, name, payload["id"], need)

    return resolve


class _OnlyId:
    """Stands for an object of which nothing but the id is selected, as clients do: it need not be read."""

    def __init__(self, identifier: str) -> None:
        self.id = identifier
