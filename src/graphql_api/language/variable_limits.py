"""The bound on typed lists in variables, checked before graphql-core reads them value by value."""

from collections.abc import Mapping
from typing import Any, Final

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    TypeNode,
    type_from_ast,
)

from domain.errors import BadUserInput

# How many values the lists and objects of a request's variables may have. A JSON value counts as one,
# whatever it holds. An object counts with all fields of its type, because graphql-core looks for each.
MAX_VARIABLE_VALUES: Final = 250_000
# What another item of a list counts: to read an id or a time takes as long as to miss some fields.
_ITEM: Final = 3


def composite_variables(
    schema: GraphQLSchema, operation: OperationDefinitionNode
) -> Mapping[str, GraphQLInputType]:
    """Return the types of the variables that have lists or objects, by the names of the variables."""
    found: dict[str, GraphQLInputType] = {}
    for definition in operation.variable_definitions or ():
        node: TypeNode = definition.type
        declared: Any = type_from_ast(schema, node)
        if isinstance(_nullable(declared), GraphQLInputObjectType | GraphQLList):
            found[definition.variable.name.value] = declared
    return found


def check_variables(types: Mapping[str, GraphQLInputType], raw: Mapping[str, Any]) -> None:
    """Raise BadUserInput if the variables of a request have too many values."""
    total = 0
    for name, declared in types.items():
        left: list[tuple[Any, Any]] = [(declared, raw.get(name))]
        while left:
            kind, value = left.pop()
            kind = _nullable(kind)
            if isinstance(kind, GraphQLList) and isinstance(value, list):
                item = _nullable(kind.of_type)
                is_composite = isinstance(item, GraphQLInputObjectType | GraphQLList)
                total += len(value) * (1 if is_composite else _ITEM)
                _check(total, name)
                if is_composite:
                    left.extend((item, each) for each in value)
            elif isinstance(kind, GraphQLList):
                left.append((kind.of_type, value))
            elif isinstance(kind, GraphQLInputObjectType) and isinstance(value, dict):
                total += len(kind.fields)
                _check(total, name)
                left.extend(
                    (kind.fields[key].type, below)
                    for key, below in value.items()
                    if isinstance(below, list | dict) and key in kind.fields
                )


def _check(total: int, name: str) -> None:
    if total > MAX_VARIABLE_VALUES:
        raise BadUserInput(
            f"${name}: the lists and objects of this request's variables have more than "
            f"{MAX_VARIABLE_VALUES:,} values, absent fields of objects counted. Ask for less at once."
        )


def _nullable(kind: Any) -> Any:
    return kind.of_type if isinstance(kind, GraphQLNonNull) else kind
