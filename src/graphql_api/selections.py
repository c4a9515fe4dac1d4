"""What a request selects, read off its document before anything is loaded."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionSetNode,
    Undefined,
    get_argument_values,
    get_directive_values,
)
from graphql.language import ListValueNode, ObjectValueNode, ValueNode, VariableNode

from graphql_api.info import Info
from operations.reads.entities.description import Entity
from operations.reads.entities.registry import ENTITIES
from operations.reads.filters import compile_where
from operations.reads.ordering import add_need, parse_order
from operations.reads.rows import Need

# What follows the name of a list in the name of the field that counts it.
AGGREGATE: Final = "_aggregate"


def need_of(info: Info, entity: Entity) -> Need:
    """What the field being resolved asks of an entity."""
    need = Need()
    for node in info.field_nodes:
        _add(info, entity, node.selection_set, need)
    return need


def _add(info: Info, entity: Entity, selection: SelectionSetNode | None, need: Need) -> None:
    for node in _fields(info, selection):
        name = node.name.value.removesuffix(AGGREGATE)
        if name in entity.columns:
            need.columns.add(name)
        elif name in entity.relations:
            relation, below = entity.relations[name], need.relation(name)
            if relation.many:
                _add_arguments(info, entity, node, below)
            _add(info, ENTITIES[relation.target], node.selection_set, below)


def _add_arguments(info: Info, entity: Entity, node: FieldNode, need: Need) -> None:
    """Add what the filter and the order of a nested list look at."""
    owner: Any = info.schema.type_map[entity.name]
    given = get_argument_values(owner.fields[node.name.value], node, info.variable_values)
    target = ENTITIES[entity.relations[node.name.value.removesuffix(AGGREGATE)].target]
    compile_where(target, given.get("where"), need)
    add_need(parse_order(given.get("order_by") or ()), need)


def _fields(info: Info, selection: SelectionSetNode | None) -> Iterator[FieldNode]:
    for node in selection.selections if selection else ():
        if not _included(info, node):
            continue
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _fields(info, node.selection_set)
        elif isinstance(node, FragmentSpreadNode):
            fragment: Any = info.fragments[node.name.value]
            definition: FragmentDefinitionNode = getattr(fragment, "definition", fragment)
            yield from _fields(info, definition.selection_set)


def _included(info: Info, node: Any) -> bool:
    if not node.directives:
        return True
    skip = get_directive_values(GraphQLSkipDirective, node, info.variable_values)
    include = get_directive_values(GraphQLIncludeDirective, node, info.variable_values)
    return not (skip and skip["if"]) and not (include and not include["if"])


def in_given_order(info: Info, argument: str, coerced: Any) -> list[dict[str, Any]]:
    """An `order_by` with its keys as the client wrote them.

    Coercing an input object puts its keys in the order of the type, but in a sort order the client's order
    is the meaning. So it is taken from the literal, or from the variable as it was sent.
    """
    if coerced is None:
        return []
    node = next(
        (each.value for each in info.field_nodes[0].arguments or () if each.name.value == argument), None
    )
    given = _as_written(info, node) if node is not None else coerced
    coerced = coerced if isinstance(coerced, list) else [coerced]
    given = given if isinstance(given, list) else [given]
    return [_like(g, c) for g, c in zip(given, coerced, strict=True) if c is not None]


def _as_written(info: Info, node: ValueNode) -> Any:
    if isinstance(node, VariableNode):
        return _variable_as_written(info, node.name.value)
    if isinstance(node, ObjectValueNode):
        return {each.name.value: _as_written(info, each.value) for each in node.fields}
    if isinstance(node, ListValueNode):
        return [_as_written(info, each) for each in node.values]
    return None


def _variable_as_written(info: Info, name: str) -> Any:
    source = info.variable_values.sources.get(name)
    if source is None or source.value is not Undefined:
        return source.value if source else None
    default = source.signature.default
    return _as_written(info, default.literal) if default and default.literal else None


def _like(given: Any, coerced: Any) -> Any:
    if not isinstance(coerced, Mapping) or not isinstance(given, Mapping):
        return coerced
    ordered = {name: _like(given[name], coerced[name]) for name in given if name in coerced}
    return ordered | {name: value for name, value in coerced.items() if name not in ordered}
