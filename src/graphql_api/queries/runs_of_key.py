"""The query that finds the flow runs of an idempotency key whose flow is not known."""

from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from graphql_api.info import Info
from graphql_api.queries.read_types import ReadTypes
from graphql_api.queries.selections import need_below
from operations.reads.entities.registry import ENTITIES


def runs_of_key_field(types: ReadTypes) -> GraphQLField:
    """Return the query `flow_runs_of_key`."""
    rows = GraphQLNonNull(GraphQLList(GraphQLNonNull(types.objects["flow_run"])))
    found = GraphQLObjectType(
        "flow_runs_of_key",
        {
            "rows": GraphQLField(rows, description="The runs that were found, newest first."),
            "next": GraphQLField(
                GraphQLString,
                description="What to give as `after` for the flows behind these; null at the end.",
            ),
            "is_end": GraphQLField(
                GraphQLNonNull(GraphQLBoolean),
                description="False if the next portion may have further runs, even if this one has none.",
            ),
            "looked_at": GraphQLField(
                GraphQLNonNull(GraphQLInt), description="In how many flows the key was looked up."
            ),
        },
        description="The runs of a key in some flows, and where the next flows begin.",
    )
    return GraphQLField(
        GraphQLNonNull(found),
        {
            "idempotency_key": GraphQLArgument(GraphQLNonNull(GraphQLString), description="The key."),
            "after": GraphQLArgument(GraphQLString, description="The `next` of the portion before this one."),
        },
        _runs_of_key,
        description="The flow runs for which an idempotency key stands in any current flow.",
    )


def _runs_of_key(_root: None, info: Info, *, idempotency_key: str, after: str | None = None) -> Any:
    from operations.reads.runs_of_key import flow_runs_of_key  # noqa: PLC0415

    need = need_below(info, ENTITIES["flow_run"], "rows")
    return flow_runs_of_key(info.context, idempotency_key, after, need)
