"""JSON values as literals of GraphQL documents, and back: numbers become what they become in JSON text."""

import math
from typing import Any, Final

from graphql import (
    ConstValueNode,
    FloatValueNode,
    GraphQLScalarType,
    IntValueNode,
    ListValueNode,
    NameNode,
    ObjectFieldNode,
    ObjectValueNode,
    value_from_ast_untyped,
    value_to_literal,
)

from domain.odd_values import number_name
from graphql_api.language import json_text

# For values whose literals do not depend on their types.
_ANY: Final = GraphQLScalarType("Any")
# A document cannot have these. They are made of variables.
_CONSTANTS: Final = {number_name(number): number for number in (math.nan, math.inf, -math.inf)}


def value_of(node: ConstValueNode) -> Any:
    """Return the JSON value of a literal. It may hold half characters and unkept numbers."""
    if isinstance(node, IntValueNode):
        return json_text.whole_number(node.value)
    if isinstance(node, FloatValueNode):
        number = _CONSTANTS.get(node.value)
        return json_text.real_number(node.value) if number is None else number
    if isinstance(node, ListValueNode):
        return [value_of(item) for item in node.values]
    if isinstance(node, ObjectValueNode):
        return {field.name.value: value_of(field.value) for field in node.fields}
    return value_from_ast_untyped(node)


def literal_of(value: Any) -> Any:
    """Return the literal (a ConstValueNode) of a JSON value, for a variable inside of a literal.

    graphql-core would make null of a number that is not finite, and so hide it from the check of the input.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return FloatValueNode(value=number_name(value))
    if isinstance(value, list):
        return ListValueNode(values=tuple(map(literal_of, value)))
    if isinstance(value, dict):
        fields = (
            ObjectFieldNode(name=NameNode(value=name), value=literal_of(item)) for name, item in value.items()
        )
        return ObjectValueNode(fields=tuple(fields))
    return value_to_literal(value, _ANY)
