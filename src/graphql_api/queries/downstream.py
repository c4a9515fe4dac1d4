"""The query `utility_downstream_tasks`, in the shape of Prefect's user interface."""

from typing import Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
)

from domain.errors import BadUserInput
from domain.ids import parse_uuid
from graphql_api.errors import BadScalar
from graphql_api.info import Info
from graphql_api.queries.read_types import ReadTypes
from graphql_api.queries.selections import list_arguments, need_of
from operations.reads.entities.registry import ENTITIES


def _ids(value: Any) -> list[str]:
    """Return the ids in an array as PostgreSQL writes it, `{id,id}`, or in a list. Raises BadScalar."""
    texts = value
    if isinstance(value, str):
        inner = value.strip()
        if not (inner.startswith("{") and inner.endswith("}")):
            raise BadScalar('the value must be an array such as "{018f0000-0000-7000-8000-000000000000}".')
        texts = [part.strip().strip('"') for part in inner[1:-1].split(",")] if inner[1:-1].strip() else []
    if not isinstance(texts, list):
        raise BadScalar("the value must be a text or a list.")
    try:
        return [parse_uuid(text, "each id") for text in texts]
    except BadUserInput as error:
        raise BadScalar(error.message) from error


_IDS: Final = GraphQLScalarType(
    "_uuid",
    description="An array of UUIDs as PostgreSQL writes it, `{id,id}`. A list of UUIDs is accepted, too.",
    coerce_input_value=_ids,
)
_ARGS: Final = GraphQLInputObjectType(
    "utility_downstream_tasks_args",
    {
        "start_task_ids": GraphQLInputField(_IDS, description="The tasks to start from."),
        "depth_limit": GraphQLInputField(GraphQLInt, description="The longest way; any if null."),
    },
)


def downstream_field(types: ReadTypes) -> GraphQLField:
    """Return the query for the tasks that depend on some tasks."""
    return GraphQLField(
        GraphQLNonNull(GraphQLList(GraphQLNonNull(types.objects["downstream_task"]))),
        {
            "args": GraphQLArgument(GraphQLNonNull(_ARGS), description="Where to start, and how far to go."),
            **types.list_arguments("downstream_task"),
        },
        _resolve,
        description="Tasks, and all that depend on them, each with its depth.",
    )


def _resolve(_root: None, info: Info, args: dict[str, Any], **arguments: Any) -> Any:
    # Hardly any request asks for them.
    from operations.reads.downstream import downstream_rows  # noqa: PLC0415

    entity = ENTITIES["downstream_task"]
    given = list_arguments(info, entity, info.field_nodes[0], arguments)
    need = need_of(info, entity)
    ids = args.get("start_task_ids") or []
    return downstream_rows(info.context, ids, args.get("depth_limit"), given, need)
