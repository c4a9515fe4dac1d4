"""The fields of Query."""

from collections.abc import Callable
from typing import Any, Final

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
from graphql_api.language.scalars import UUID
from graphql_api.queries.read_types import ReadTypes
from graphql_api.queries.selections import AGGREGATE, list_arguments, need_below, need_of, need_of_aggregate
from operations.reads.entities.registry import ENTITIES
from operations.reads.query import aggregate_rows, list_rows, row_by_id

# The release of this service; the wheel's version is compared with it by a test.
VERSION: Final = "0.1.0"

_TEXT: Final = GraphQLNonNull(GraphQLString)
_API: Final = GraphQLObjectType(
    "api",
    {
        "version": GraphQLField(_TEXT, description="The release of this service."),
        "backend": GraphQLField(
            _TEXT, description="`SERVER`: clients' name for a backend that is not Cloud."
        ),
        "mode": GraphQLField(_TEXT, description="`normal`: reads and writes are served."),
    },
    description="The release and the mode of the service.",
)


def query_fields(types: ReadTypes) -> dict[str, GraphQLField]:
    """Return `hello`, `api`, and for each entity its list, its aggregate and `<entity>_by_pk`."""
    fields = {
        "hello": GraphQLField(
            _TEXT,
            resolve=lambda _root, _info: "👋",
            description="A greeting, to test that the service is reachable.",
        ),
        "api": GraphQLField(
            GraphQLNonNull(_API),
            resolve=lambda _root, _info: {"version": VERSION, "backend": "SERVER", "mode": "normal"},
            description=_API.description,
        ),
    }
    for name, entity in ENTITIES.items():
        if entity.plan is None:
            continue
        target = types.objects[name]
        fields[name] = GraphQLField(
            GraphQLNonNull(GraphQLList(GraphQLNonNull(target))),
            types.list_arguments(name),
            _list_resolver(name),
            description=f"The rows of {name}.",
        )
        fields[name + AGGREGATE] = GraphQLField(
            GraphQLNonNull(types.aggregates[name]),
            types.list_arguments(name),
            _aggregate_resolver(name),
            description=f"The aggregate of rows of {name}.",
        )
        if entity.by_id:
            fields[f"{name}_by_pk"] = GraphQLField(
                target,
                {"id": GraphQLArgument(GraphQLNonNull(UUID))},
                _by_pk_resolver(name),
                description=f"The {name} with this id, or null.",
            )
    fields["log_portion"] = _log_portion_field(types)
    return fields


def _log_portion_field(types: ReadTypes) -> GraphQLField:
    rows = GraphQLNonNull(GraphQLList(GraphQLNonNull(types.objects["log"])))
    portion = GraphQLObjectType(
        "log_portion",
        {
            "rows": GraphQLField(
                rows, description="The entries that were found, in the order of their times."
            ),
            "next": GraphQLField(
                GraphQLString,
                description="What to give as `after` for the entries behind these; null if there were none.",
            ),
            "is_end": GraphQLField(
                GraphQLNonNull(GraphQLBoolean),
                description="False if the next portion may have further entries, even if this one has none.",
            ),
            "looked_at": GraphQLField(
                GraphQLNonNull(GraphQLInt), description="How many entries were compared with the filter."
            ),
        },
        description="What was found in a part of a log, and where the next part begins.",
    )
    return GraphQLField(
        GraphQLNonNull(portion),
        {
            "where": GraphQLArgument(
                GraphQLNonNull(types.filter("log")), description="The filter, which names one flow run."
            ),
            "newest_first": GraphQLArgument(
                GraphQLBoolean, description="True goes from the newest entry to the oldest."
            ),
            "limit": GraphQLArgument(
                GraphQLInt, description="The most entries that are returned, up to 1,000; 200 if null."
            ),
            "after": GraphQLArgument(GraphQLString, description="The `next` of the portion before this one."),
        },
        _log_portion,
        description="The next entries of a log that pass a filter, however few these are.",
    )


def _log_portion(
    _root: None,
    info: Info,
    *,
    where: dict[str, Any],
    newest_first: bool | None = None,
    limit: int | None = None,
    after: str | None = None,
) -> Any:
    from operations.reads.log_portions import PortionRequest, log_portion  # noqa: PLC0415

    request = PortionRequest(
        where=where,
        newest_first=bool(newest_first),
        limit=200 if limit is None else limit,
        after=after,
    )
    return log_portion(info.context, request, need_below(info, ENTITIES["log"], "rows"))


def _list_resolver(name: str) -> Callable[..., Any]:
    def resolve(_root: None, info: Info, **arguments: Any) -> Any:
        given = list_arguments(info, ENTITIES[name], info.field_nodes[0], arguments)
        return list_rows(info.context, name, given, need_of(info, ENTITIES[name]))

    return resolve


def _aggregate_resolver(name: str) -> Callable[..., Any]:
    def resolve(_root: None, info: Info, **arguments: Any) -> Any:
        given = list_arguments(info, ENTITIES[name], info.field_nodes[0], arguments)
        return aggregate_rows(info.context, name, given, need_of_aggregate(info, ENTITIES[name]))

    return resolve


def _by_pk_resolver(name: str) -> Callable[..., Any]:
    def resolve(_root: None, info: Info, **arguments: Any) -> Any:
        return row_by_id(info.context, name, arguments["id"], need_of(info, ENTITIES[name]))

    return resolve
