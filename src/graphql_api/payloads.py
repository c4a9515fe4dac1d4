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

from domain.flow_runs import FlowRun
from graphql_api.info import Info
from graphql_api.read_types import ReadTypes
from graphql_api.scalars import UUID
from graphql_api.selections import need_of
from operations.reads.entities.registry import ENTITIES
from operations.reads.query import row_by_id
from operations.reads.rows import Row


class Payloads:
    """The payload types, each made once."""

    def __init__(self, types: ReadTypes) -> None:
        self.project = _with_object(types, "project")
        self.flow = _with_object(types, "flow")
        self.flow_run = _with_object(types, "flow_run")
        self.flow_run_state = GraphQLObjectType(
            "set_flow_run_state_payload",
            {
                **_object_fields(types, "flow_run"),
                "status": GraphQLField(GraphQLString, description="`SUCCESS`."),
                "message": GraphQLField(GraphQLString, description="More on the status, if there is more."),
                "version": GraphQLField(GraphQLInt, description="The run's version after the change."),
            },
        )
        self.flow_run_states = GraphQLObjectType(
            "set_flow_run_states_payload",
            {"states": GraphQLField(GraphQLNonNull(GraphQLList(GraphQLNonNull(self.flow_run_state))))},
        )
        self.state = GraphQLObjectType(
            "cancel_flow_run_payload",
            {
                **_object_fields(types, "flow_run"),
                "state": GraphQLField(GraphQLString, description="The state's type that the run is in now."),
            },
        )
        self.agent = _with_object(types, "agent")
        self.agent_config = _with_object(types, "agent_config")
        self.flow_run_ids = GraphQLObjectType(
            "runs_in_queue_payload",
            {
                "flow_run_ids": GraphQLField(
                    GraphQLNonNull(GraphQLList(GraphQLNonNull(UUID))),
                    description="The runs, in the order in which they are due.",
                )
            },
        )
        self.success = GraphQLObjectType(
            "success_payload",
            {
                "success": GraphQLField(GraphQLBoolean, description="Whether there was such an object."),
                "error": GraphQLField(GraphQLString, description="Why not, if not."),
            },
        )


def _with_object(types: ReadTypes, name: str) -> GraphQLObjectType:
    return GraphQLObjectType(f"{name}_id_payload", _object_fields(types, name))


def _object_fields(types: ReadTypes, name: str) -> dict[str, GraphQLField]:
    return {
        "id": GraphQLField(UUID, description=f"The {name}'s id."),
        name: GraphQLField(
            types.objects[name], resolve=_object_resolver(name), description=f"The {name} as it is now."
        ),
    }


def _object_resolver(name: str) -> Callable[..., Any]:
    def resolve(payload: dict[str, Any], info: Info) -> Row | None:
        need = need_of(info, ENTITIES[name])
        if need.columns <= {"id"} and not need.relations:
            return Row(_OnlyId(payload["id"]))
        known = payload.get("known")
        if isinstance(known, FlowRun) and not need.relations and not need.parts(ENTITIES[name]):
            return Row(known)
        return row_by_id(info.context, name, payload["id"], need)

    return resolve


class _OnlyId:
    """Stands for an object of which nothing but the id is selected, as clients do: it need not be read."""

    def __init__(self, identifier: str) -> None:
        self.id = identifier
