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
from operations.reads.arguments import Arguments, NestedList
from operations.reads.entities.description import Entity
from operations.reads.entities.registry import ENTITIES
from operations.reads.rows import Need
from operations.reads.where.filters import compile_where
from operations.reads.where.ordering import add_need
from operations.reads.where.terms import parse_order

# What follows the name of a list in the name of the field that counts it.
AGGREGATE: Final = "_aggregate"


def need_of(info: Info, entity: Entity) -> Need:
    """What the field being resolved asks of an entity."""
    need = Need()
    for node in info.field_nodes:
        _add(info, entity, node.selection_set, need)
    return need


def need_of_aggregate(info: Info, entity: Entity) -> Need:
    """What the aggregate being resolved asks of the rows that it is made of; nothing when it only counts."""
    need = Need()
    for node in info.field_nodes:
        _add_aggregate(info, entity, node.selection_set, need)
    return need


def _add(info: Info, entity: Entity, selection: SelectionSetNode | None, need: Need) -> None:
    for node in _fields(info, selection):
        name = node.name.value.removesuffix(AGGREGATE)
        if name in entity.columns:
            need.columns.add(name)
        elif name in entity.relations:
            relation = entity.relations[name]
            target = ENTITIES[relation.target]
            if relation.owner_column is not None:
                below = need.nested(_nested_list(info, entity, node))
            else:
                below = need.relation(name)
                if relation.many:
                    _add_arguments(info, entity, node, below)
            add = _add_aggregate if name != node.name.value else _add
            add(info, target, node.selection_set, below)


def _add_aggregate(info: Info, entity: Entity, selection: SelectionSetNode | None, need: Need) -> None:
    for node in _fields(info, selection):
        if node.name.value == "nodes":
            need.columns.add("id")  # the rows themselves are wanted, whatever of them
            _add(info, entity, node.selection_set, need)
        for each in _fields(info, node.selection_set) if node.name.value == "aggregate" else ():
            if each.name.value == "count":
                need.columns |= set(
                    _given(info, f"{entity.name}_aggregate_fields", each).get("columns") or ()
                )
            else:
                columns = {column.name.value for column in _fields(info, each.selection_set)}
                need.columns |= columns & set(entity.columns)


def _given(info: Info, owner: str, node: FieldNode) -> dict[str, Any]:
    kind: Any = info.schema.type_map[owner]
    return get_argument_values(kind.fields[node.name.value], node, info.variable_values)


def _nested_list(info: Info, entity: Entity, node: FieldNode) -> NestedList:
    return nested_list(info, node, _given(info, entity.name, node))


def nested_list(info: Info, node: FieldNode, given: Mapping[str, Any]) -> NestedList:
    """The list, or the aggregate of a list, that a field of a row asks for with these arguments."""
    relation = node.name.value.removesuffix(AGGREGATE)
    return NestedList(relation, list_arguments(info, node, given), aggregate=relation != node.name.value)


def list_arguments(info: Info, node: FieldNode, given: Mapping[str, Any]) -> Arguments:
    """The arguments of a list as the query wants them."""
    return Arguments(
        where=given.get("where"),
        order_by=_in_given_order(info, node, given.get("order_by")),
        limit=given.get("limit"),
        offset=given.get("offset"),
        distinct_on=given.get("distinct_on") or (),
    )


def _add_arguments(info: Info, entity: Entity, node: FieldNode, need: Need) -> None:
    """Add what the filter and the order of a list look at whose rows stand in ours."""
    given = _given(info, entity.name, node)
    target = ENTITIES[entity.relations[node.name.value.removesuffix(AGGREGATE)].target]
    compile_where(target, given.get("where"), need)
    add_need(parse_order(given.get("order_by") or ()), need)
    need.columns |= set(given.get("distinct_on") or ())


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


def _in_given_order(info: Info, node: FieldNode, coerced: Any) -> list[dict[str, Any]]:
    """An `order_by` with its keys as the client wrote them.

    Coercing an input object puts its keys in the order of the type, but in a sort order the client's order
    is the meaning. So it is taken from the literal, or from the variable as it was sent.
    """
    if coerced is None:
        return []
    value = next((each.value for each in node.arguments or () if each.name.value == "order_by"), None)
    given = _as_written(info, value) if value is not None else coerced
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
