"""The GraphQL types of aggregates: the count, the smallest and the largest values, and the rows."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
)

from graphql_api.info import Info
from operations.reads.aggregates import ORDERED, Aggregate
from operations.reads.arguments import MAX_TERMS, check_count
from operations.reads.entities.description import ColumnKind, Entity

Scalars = Mapping[ColumnKind, GraphQLScalarType]


def aggregate_type(
    entity: Entity, scalars: Scalars, columns: GraphQLEnumType, rows: Callable[[], GraphQLObjectType]
) -> GraphQLObjectType:
    """Return the type `{aggregate {count min {…} max {…}} nodes {…}}` over the rows of an entity."""
    name = f"{entity.name}_aggregate"
    fields = {"count": _count(columns)}
    for which in ("min", "max"):
        extremes = _extremes(entity, scalars, which)
        fields[which] = GraphQLField(
            GraphQLNonNull(extremes),
            resolve=_itself,
            description=f"The {which}imum of each column; nulls don't count.",
        )
    aggregate = GraphQLObjectType(f"{name}_fields", fields)
    return GraphQLObjectType(
        name,
        lambda: {
            "aggregate": GraphQLField(
                GraphQLNonNull(aggregate),
                resolve=_itself,
                description="The number of rows, and the minimum and maximum of each column.",
            ),
            "nodes": GraphQLField(
                GraphQLNonNull(GraphQLList(GraphQLNonNull(rows()))),
                resolve=lambda aggregate, _info: aggregate.rows,
                description="The rows.",
            ),
        },
    )


def _count(columns: GraphQLEnumType) -> GraphQLField:
    return GraphQLField(
        GraphQLNonNull(GraphQLInt),
        {
            "columns": GraphQLArgument(
                GraphQLList(GraphQLNonNull(columns)),
                description="Count only rows in which none of these columns is null.",
            ),
            "distinct": GraphQLArgument(GraphQLBoolean, description="Count different values of `columns`."),
        },
        resolve=_resolve_count,
        description="The number of rows.",
    )


def _extremes(entity: Entity, scalars: Scalars, which: str) -> GraphQLObjectType:
    ordered = {name: column for name, column in entity.columns.items() if column.kind in ORDERED}
    return GraphQLObjectType(
        f"{entity.name}_{which}_fields",
        {
            name: GraphQLField(
                scalars[column.kind], resolve=partial(_extreme, which, name), description=column.description
            )
            for name, column in ordered.items()
        },
    )


def _extreme(which: str, column: str, aggregate: Aggregate, _info: Info) -> Any:
    return aggregate.smallest(column) if which == "min" else aggregate.largest(column)


def _resolve_count(aggregate: Aggregate, _info: Info, **given: Any) -> int:
    columns = given.get("columns") or ()
    check_count("columns", len(columns), MAX_TERMS)
    return aggregate.count(columns, distinct=bool(given.get("distinct")))


def _itself(aggregate: Aggregate, _info: Info) -> Aggregate:
    return aggregate
