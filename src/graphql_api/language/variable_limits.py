"""The bounds on variables, checked before graphql-core reads them value by value."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    TypeNode,
    VariableNode,
    get_named_type,
    type_from_ast,
)

from domain.errors import BadUserInput

# How many values the lists and objects of a request's variables may have. A JSON value counts as one,
# whatever it holds. An object counts with all fields of its type, because graphql-core looks for each.
MAX_VARIABLE_VALUES: Final = 250_000
# What another item of a list counts: to read an id or a time takes as long as to miss some fields.
_ITEM: Final = 3
# Names that the schema does not have: graphql-core compares each with all that it has, letter by letter.
_CHECKED: Final = GraphQLInputObjectType | GraphQLList | GraphQLEnumType
MAX_UNKNOWN_NAMES: Final = 100
MAX_UNKNOWN_NAME: Final = 1_000
_SHOWN: Final = 40
# As how many a use inside of a literal of JSON counts below the root, because it is read for each row.
USES_BELOW_ROOT: Final = 200


def composite_variables(
    schema: GraphQLSchema, operation: OperationDefinitionNode
) -> Mapping[str, GraphQLInputType]:
    """Return the types of the variables that have lists, objects or enum values, by the variables' names."""
    found: dict[str, GraphQLInputType] = {}
    for definition in operation.variable_definitions or ():
        node: TypeNode = definition.type
        declared: Any = type_from_ast(schema, node)
        if isinstance(_nullable(declared), _CHECKED):
            found[definition.variable.name.value] = declared
    return found


def uses_in_json(schema: GraphQLSchema, document: DocumentNode) -> Mapping[str, int]:
    """Return how often each variable stands inside of a literal of JSON, in a valid document.

    graphql-core makes a literal of the variable's value for each such use.
    """
    uses: Counter[str] = Counter()
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            _count_uses(schema, definition, schema.get_root_type(definition.operation), uses)
        elif isinstance(definition, FragmentDefinitionNode):
            _count_uses(schema, definition, schema.type_map.get(definition.type_condition.name.value), uses)
    return uses


def _count_uses(
    schema: GraphQLSchema,
    definition: OperationDefinitionNode | FragmentDefinitionNode,
    root: GraphQLNamedType | None,
    uses: Counter[str],
) -> None:
    """Add the uses in an operation or a fragment, whose fields are those of the type `root`."""
    at_root = definition.selection_set if isinstance(definition, OperationDefinitionNode) else None
    left: list[tuple[SelectionSetNode, Any]] = [(definition.selection_set, root)]
    while left:
        selections, parent = left.pop()
        for node in selections.selections:
            if isinstance(node, FieldNode):
                field = getattr(parent, "fields", {}).get(node.name.value)
                for name in _variables_in_json(node, field):
                    uses[name] += 1 if selections is at_root else USES_BELOW_ROOT
                if node.selection_set and field:
                    left.append((node.selection_set, get_named_type(field.type)))
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                inside = schema.type_map.get(condition.name.value) if condition else parent
                left.append((node.selection_set, inside))


def _variables_in_json(node: FieldNode, field: GraphQLField | None) -> Iterator[str]:
    """Yield the names of the variables inside of JSON literals in the arguments of a field."""
    arguments = field.args if field else {}
    left = [
        (argument.value, arguments[argument.name.value].type, False)
        for argument in node.arguments or ()
        if argument.name.value in arguments
    ]
    while left:
        value, declared, in_json = left.pop()
        kind: Any = _nullable(declared)
        if isinstance(value, VariableNode) and in_json:
            yield value.name.value
        elif isinstance(value, ListValueNode):
            items, is_json = (kind.of_type, in_json) if isinstance(kind, GraphQLList) else (kind, True)
            left.extend((item, items, is_json) for item in value.values)
        elif isinstance(value, ObjectValueNode):
            fields = kind.fields if isinstance(kind, GraphQLInputObjectType) and not in_json else {}
            left.extend(
                (below.value, fields[below.name.value].type, False)
                if below.name.value in fields
                else (below.value, kind, True)
                for below in value.fields
            )


def check_variables(
    types: Mapping[str, GraphQLInputType], raw: Mapping[str, Any], uses: Mapping[str, int] | None = None
) -> None:
    """Raise BadUserInput if the variables of a request have too many values.

    Those of a variable count for each of its `uses` inside of literals of JSON.
    """
    total = 0
    for name, declared in types.items():
        times = max(1, (uses or {}).get(name, 1))
        left: list[tuple[Any, Any]] = [(declared, raw.get(name))]
        while left:
            kind, value = left.pop()
            if isinstance(kind, GraphQLNonNull):
                kind = kind.of_type
            if isinstance(kind, GraphQLInputObjectType) and isinstance(value, dict):
                total += times * len(kind.fields)
                _check(total, name)
                if not value.keys() <= kind.fields.keys():
                    _check_names(name, value.keys() - kind.fields.keys())
                left.extend((field, value[key]) for key, field in _checked_fields(kind) if key in value)
            elif isinstance(kind, GraphQLList) and isinstance(value, list):
                item = _nullable(kind.of_type)
                is_composite = isinstance(item, GraphQLInputObjectType | GraphQLList)
                total += times * len(value) * (1 if is_composite else _ITEM)
                _check(total, name)
                if isinstance(item, _CHECKED):
                    left.extend((item, each) for each in value)
            elif isinstance(kind, GraphQLList):
                left.append((kind.of_type, value))
            elif (
                isinstance(value, str) and len(value) > MAX_UNKNOWN_NAME and isinstance(kind, GraphQLEnumType)
            ):
                _check_names(name, {value})


def _check(total: int, name: str) -> None:
    if total > MAX_VARIABLE_VALUES:
        raise BadUserInput(
            f"${name}: the lists and objects of this request's variables have more than "
            f"{MAX_VARIABLE_VALUES:,} values, absent fields of objects counted. Ask for less at once."
        )


@cache
def _checked_fields(kind: GraphQLInputObjectType) -> Sequence[tuple[str, GraphQLInputType]]:
    """Return the fields of a type whose values have lists, objects or enum values, with their types."""
    return [
        (name, field.type)
        for name, field in kind.fields.items()
        if isinstance(_nullable(field.type), _CHECKED)
    ]


def _check_names(variable: str, names: AbstractSet[str]) -> None:
    """Raise BadUserInput for names that graphql-core would take too long to compare with its own."""
    if len(names) > MAX_UNKNOWN_NAMES:
        raise BadUserInput(
            f"${variable}: an object has {len(names):,} fields that its type has not, such as "
            f"{min(names)[:_SHOWN]!r}."
        )
    if names and (longest := max(map(len, names))) > MAX_UNKNOWN_NAME:
        raise BadUserInput(
            f"${variable}: a name of {longest:,} characters is none that a field or an enum of its type has."
        )


def _nullable(kind: Any) -> Any:
    return kind.of_type if isinstance(kind, GraphQLNonNull) else kind
