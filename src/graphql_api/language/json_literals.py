"""JSON values as literals of GraphQL documents, and back: numbers become what they become in JSON text."""

from typing import Any, Final

from graphql import (
    ConstValueNode,
    FloatValueNode,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    StringValueNode,
    value_from_ast_untyped,
)

from graphql_api.errors import BadScalar
from graphql_api.language import json_text

# How often a variable may stand in one JSON literal, if it holds a list, an object or a long text. A few
# tokens could else make a value of any size.
MAX_USES: Final = 4
_LONG: Final = 1_000


class KnownValueNode(StringValueNode):
    """A literal in the place of a variable. `known` is the variable's value, which is not made anew."""

    known: Any = None


def value_of(node: ConstValueNode) -> Any:
    """Return the JSON value of a literal. It may hold half characters and unkept numbers.

    Raises BadScalar for a literal that repeats a large variable too often.
    """
    return _value(node, {})


def _value(node: ConstValueNode, uses: dict[int, int]) -> Any:
    if isinstance(node, KnownValueNode):
        return _used(node.known, uses)
    if isinstance(node, IntValueNode):
        return json_text.whole_number(node.value)
    if isinstance(node, FloatValueNode):
        return json_text.real_number(node.value)
    if isinstance(node, ListValueNode):
        return [_value(item, uses) for item in node.values]
    if isinstance(node, ObjectValueNode):
        return {field.name.value: _value(field.value, uses) for field in node.fields}
    return value_from_ast_untyped(node)


def _used(known: Any, uses: dict[int, int]) -> Any:
    """Return the value of a variable, and count its use if it may be large."""
    if isinstance(known, list | dict) or (isinstance(known, str) and len(known) > _LONG):
        uses[id(known)] = uses.get(id(known), 0) + 1
        if uses[id(known)] > MAX_USES:
            raise BadScalar(f"a variable of JSON can stand {MAX_USES} times in a value.")
    return known


def literal_of(value: Any) -> KnownValueNode:
    """Return the literal of a JSON value, for a variable inside of a literal.

    graphql-core would make a node of each value in it, each time that the variable is used. It would also
    make null of a number that is not finite, and so hide it from the check of the input.
    """
    node = KnownValueNode(value="")
    node.known = value
    return node
