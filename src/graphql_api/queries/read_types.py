"""The GraphQL types of reads, generated from the entities: objects, filters, sort orders and columns."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLString,
)

from graphql_api import row_execution
from graphql_api.info import Info
from graphql_api.language.scalars import DATE_TIME, JSON, UUID
from graphql_api.queries.aggregate_types import aggregate_type
from graphql_api.queries.selections import AGGREGATE, response_path
from operations.reads.entities.description import ColumnKind, Entity
from operations.reads.entities.registry import ENTITIES
from operations.reads.query import nested_rows
from operations.reads.rows import Row

SCALARS: Final[Mapping[ColumnKind, GraphQLScalarType]] = {
    ColumnKind.UUID: UUID,
    ColumnKind.STRING: GraphQLString,
    ColumnKind.INT: GraphQLInt,
    ColumnKind.BOOLEAN: GraphQLBoolean,
    ColumnKind.TIME: DATE_TIME,
    ColumnKind.JSON: JSON,
}
_NON_NULL: Final = {kind: GraphQLNonNull(scalar) for kind, scalar in SCALARS.items()}
# The classes of values that their scalars show as they are.
_PLAIN: Final = {ColumnKind.UUID: str, ColumnKind.STRING: str, ColumnKind.BOOLEAN: bool}
_ORDERED: Final = ("_eq", "_neq", "_gt", "_gte", "_lt", "_lte")
_TEXT: Final = ("_like", "_nlike", "_ilike", "_nilike")

ORDER_BY: Final = GraphQLEnumType(
    "order_by",
    {
        name: GraphQLEnumValue(name)
        for name in (
            *("asc", "asc_nulls_first", "asc_nulls_last"),
            *("desc", "desc_nulls_first", "desc_nulls_last"),
        )
    },
    description="The direction of an order. By default, nulls are last if ascending and first if descending.",
)


def comparison_type(kind: ColumnKind) -> GraphQLInputObjectType:
    """Return the filter on a column: `{_eq: …, _in: […]}`. All of them must hold; null is no condition."""
    scalar = SCALARS[kind]
    fields: dict[str, GraphQLInputField] = {"_is_null": GraphQLInputField(GraphQLBoolean)}
    operators = ("_eq", "_neq", "_contains", "_contained_in") if kind is ColumnKind.JSON else _ORDERED
    fields |= {name: GraphQLInputField(scalar) for name in operators}
    fields |= {name: GraphQLInputField(GraphQLList(GraphQLNonNull(scalar))) for name in ("_in", "_nin")}
    if kind is ColumnKind.STRING:
        fields |= {name: GraphQLInputField(scalar) for name in _TEXT}
    if kind is ColumnKind.JSON:
        keys = GraphQLList(GraphQLNonNull(GraphQLString))
        fields["_has_key"] = GraphQLInputField(GraphQLString)
        fields |= {name: GraphQLInputField(keys) for name in ("_has_keys_any", "_has_keys_all")}
    return GraphQLInputObjectType(f"{scalar.name}_comparison_exp", fields)


class ReadTypes:
    """All types of the read dialect, each created once."""

    def __init__(self) -> None:
        self._comparisons = {kind: comparison_type(kind) for kind in ColumnKind}
        self._filters = {name: self._filter(entity) for name, entity in ENTITIES.items()}
        self._orders = {name: self._order(entity) for name, entity in ENTITIES.items()}
        self._columns = {name: _column_enum(entity) for name, entity in ENTITIES.items()}
        self.aggregates = {name: self._aggregate(entity) for name, entity in ENTITIES.items()}
        self.objects = {name: self._object(entity) for name, entity in ENTITIES.items()}

    def filter(self, entity_name: str) -> GraphQLInputObjectType:
        """Return the type of the filter of this entity's rows."""
        return self._filters[entity_name]

    def list_arguments(self, entity_name: str) -> dict[str, GraphQLArgument]:
        """Return the arguments of a list of this entity."""
        return {
            "where": GraphQLArgument(
                self._filters[entity_name], description="The filter of the rows; all rows if absent."
            ),
            "order_by": GraphQLArgument(
                GraphQLList(GraphQLNonNull(self._orders[entity_name])),
                description="The order of the rows; the keys of an object count in the order of writing.",
            ),
            "limit": GraphQLArgument(GraphQLInt, description="The maximum number of rows; up to 5,000."),
            "offset": GraphQLArgument(
                GraphQLInt, description="The number of rows to leave out at the start."
            ),
            "distinct_on": GraphQLArgument(
                GraphQLList(GraphQLNonNull(self._columns[entity_name])),
                description="Only the first row for each value of these columns.",
            ),
        }

    def _object(self, entity: Entity) -> GraphQLObjectType:
        return GraphQLObjectType(
            entity.name, partial(self._object_fields, entity), description=entity.description
        )

    def _object_fields(self, entity: Entity) -> dict[str, GraphQLField]:
        fields = {
            name: GraphQLField(
                SCALARS[column.kind] if column.nullable else _NON_NULL[column.kind],
                resolve=_column_resolver(column.get),
                description=column.description,
                extensions=row_execution.column(
                    column.get, SCALARS[column.kind], _PLAIN.get(column.kind), nullable=column.nullable
                ),
            )
            for name, column in entity.columns.items()
        }
        for name, relation in entity.relations.items():
            target = self.objects[relation.target]
            if relation.many:
                arguments = self.list_arguments(relation.target)
                fields[name] = GraphQLField(
                    GraphQLNonNull(GraphQLList(GraphQLNonNull(target))),
                    arguments,
                    (_rows_resolver if relation.owner_column else _attached_resolver)(entity, name),
                    description=relation.description,
                    extensions={} if relation.owner_column else row_execution.attached(name),
                )
                fields[name + AGGREGATE] = GraphQLField(
                    GraphQLNonNull(self.aggregates[relation.target]),
                    arguments,
                    _rows_resolver(entity, name),
                    description=f"The aggregate of {name}.",
                )
            else:
                fields[name] = GraphQLField(
                    target if relation.nullable else GraphQLNonNull(target),
                    resolve=_row_resolver(name),
                    description=relation.description,
                    extensions=row_execution.related(name),
                )
        return fields

    def _aggregate(self, entity: Entity) -> GraphQLObjectType:
        return aggregate_type(entity, SCALARS, self._columns[entity.name], lambda: self.objects[entity.name])

    def _filter(self, entity: Entity) -> GraphQLInputObjectType:
        def fields() -> dict[str, GraphQLInputField]:
            own = self._filters[entity.name]
            made = {
                "_and": GraphQLInputField(GraphQLList(GraphQLNonNull(own))),
                "_or": GraphQLInputField(GraphQLList(GraphQLNonNull(own))),
                "_not": GraphQLInputField(own),
            }
            for name, column in entity.columns.items():
                made[name] = GraphQLInputField(self._comparisons[column.kind])
            for name, relation in entity.relations.items():
                made[name] = GraphQLInputField(self._filters[relation.target])
            return made

        return GraphQLInputObjectType(f"{entity.name}_bool_exp", fields)

    def _order(self, entity: Entity) -> GraphQLInputObjectType:
        def fields() -> dict[str, GraphQLInputField]:
            made = {name: GraphQLInputField(ORDER_BY) for name in entity.columns}
            for name, relation in entity.relations.items():
                if not relation.many:
                    made[name] = GraphQLInputField(self._orders[relation.target])
            return made

        return GraphQLInputObjectType(f"{entity.name}_order_by", fields)


def _column_enum(entity: Entity) -> GraphQLEnumType:
    return GraphQLEnumType(
        f"{entity.name}_select_column", {name: GraphQLEnumValue(name) for name in entity.columns}
    )


def _column_resolver(get: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda row, _info: get(row.value)


def _row_resolver(name: str) -> Callable[..., Any]:
    return lambda row, _info: row.related[name]


def _rows_resolver(entity: Entity, relation: str) -> Callable[..., Any]:
    def resolve(row: Row, info: Info, **_arguments: Any) -> Any:
        return nested_rows(info.context, entity, row, relation, response_path(info))

    return resolve


def _attached_resolver(entity: Entity, relation: str) -> Callable[..., Any]:
    select = _rows_resolver(entity, relation)
    # Most lists of attached rows are short, and shown as they are.
    return lambda row, info, **arguments: (
        select(row, info) if arguments or len(row.related[relation]) > 1 else row.related[relation]
    )
