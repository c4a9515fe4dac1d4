"""The bound on typed lists in variables, checked before graphql-core reads them value by value."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from graphql import (
    ArgumentNode,
    DocumentNode,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    TypeNode,
    VariableNode,
    type_from_ast,
)

from domain.errors import BadUserInput

# How many values the lists and objects of a request's variables may have. A JSON value counts as one,
# whatever it holds. An object counts with all fields of its type, because graphql-core looks for each.
MAX_VARIABLE_VALUES: Final = 250_000
# What another item of a list counts: to read an id or a time takes as long as to miss some fields.
_ITEM: Final = 3
# As how many a use inside of a literal counts that is not in a field of the root: it is read for each row.
USES_BELOW_ROOT: Final = 200


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


def uses_in_literals(document: DocumentNode) -> Mapping[str, int]:
    """Return how often each variable stands inside of a literal of a list or an object.

    If the literal is JSON, graphql-core makes a literal of the variable's value for each use.
    """
    uses: Counter[str] = Counter()
    for definition in document.definitions:
        root = getattr(definition, "selection_set", None)
        left = [root] if root else []
        while left:
            selections = left.pop()
            count = 1 if selections is root and isinstance(definition, OperationDefinitionNode) else None
            for node in selections.selections:
                below = getattr(node, "selection_set", None)
                left.extend([below] if below else [])
                for argument in getattr(node, "arguments", None) or ():
                    for name in _variables_inside(argument):
                        uses[name] += count or USES_BELOW_ROOT
    return uses


def _variables_inside(argument: ArgumentNode) -> Iterator[str]:
    left: list[Any] = [argument.value]
    while left:
        node = left.pop()
        if isinstance(node, ListValueNode):
            inside = list(node.values)
        elif isinstance(node, ObjectValueNode):
            inside = [field.value for field in node.fields]
        else:
            continue
        yield from (value.name.value for value in inside if isinstance(value, VariableNode))
        left.extend(inside)


def check_variables(
    types: Mapping[str, GraphQLInputType], raw: Mapping[str, Any], uses: Mapping[str, int] | None = None
) -> None:
    """Raise BadUserInput if the variables of a request have too many values.

    Those of a variable count for each of its `uses` inside of literals.
    """
    total = 0
    for name, declared in types.items():
        times = max(1, (uses or {}).get(name, 1))
        left: list[tuple[Any, Any]] = [(declared, raw.get(name))]
        while left:
            kind, value = left.pop()
            kind = _nullable(kind)
            if isinstance(kind, GraphQLList) and isinstance(value, list):
                item = _nullable(kind.of_type)
                is_composite = isinstance(item, GraphQLInputObjectType | GraphQLList)
                total += times * len(value) * (1 if is_composite else _ITEM)
                _check(total, name)
                if is_composite:
                    left.extend((item, each) for each in value)
            elif isinstance(kind, GraphQLList):
                left.append((kind.of_type, value))
            elif isinstance(kind, GraphQLInputObjectType) and isinstance(value, dict):
                total += times * len(kind.fields)
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
