"""The selection of a request, read from its document before anything is loaded."""

from collections.abc import Mapping
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
from graphql.pyutils import Path

from domain.access.scopes import Scope
from graphql_api.info import Info
from graphql_api.language.document_limits import values_written
from operations.reads.arguments import Arguments
from operations.reads.compiling import compile_inside
from operations.reads.entities.description import Entity
from operations.reads.entities.registry import ENTITIES
from operations.reads.rows import Need, NestedList, ResponsePath

# Suffix of the fields that aggregate a list: `task_runs` → `task_runs_aggregate`.
AGGREGATE: Final = "_aggregate"


def need_of(info: Info, entity: Entity) -> Need:
    """Return the need of the field being resolved, whose rows are of this entity."""
    need = Need()
    for node in info.field_nodes:
        _add(info, entity, node.selection_set, need, response_path(info))
        need.width += _width(info, node.selection_set)
    return need


def need_below(info: Info, entity: Entity, field: str) -> Need:
    """Return the need of the rows of this entity that one field of the object being resolved shows."""
    need = Need()
    for node in info.field_nodes:
        for below in _fields(info, node.selection_set):
            if below.name.value == field:
                path = (*response_path(info), _response_key(below))
                _add(info, entity, below.selection_set, need, path)
                need.width += _width(info, below.selection_set)
    return need


def need_of_aggregate(info: Info, entity: Entity) -> Need:
    """Return the need of the rows of the aggregate being resolved; it is empty if they are only counted."""
    need = Need()
    for node in info.field_nodes:
        _add_aggregate(info, entity, node.selection_set, need, response_path(info))
        need.width += _width_of_nodes(info, node.selection_set)
    return need


def response_path(info: Info) -> ResponsePath:
    """Return the response keys that lead to the field being resolved."""
    keys: list[str] = []
    path: Path | None = info.path
    while path is not None:
        if isinstance(path.key, str):
            keys.append(path.key)
        path = path.prev
    return tuple(reversed(keys))


def _add(
    info: Info, entity: Entity, selection: SelectionSetNode | None, need: Need, path: ResponsePath
) -> None:
    for node in _fields(info, selection):
        name = node.name.value.removesuffix(AGGREGATE)
        if name in entity.columns:
            need.columns.add(name)
        elif name in entity.relations:
            _add_relation(info, entity, node, need, (*path, _response_key(node)))


def _add_relation(info: Info, entity: Entity, node: FieldNode, need: Need, path: ResponsePath) -> None:
    name = node.name.value.removesuffix(AGGREGATE)
    relation = entity.relations[name]
    is_aggregate = name != node.name.value
    if relation.many:
        known = need.fields.get(path)  # the same field, selected a second time
        nested = _nested_list(info, entity, node, known.width if known else 0)
        below = _add_list(need, entity, name, nested, path)
    else:
        below = need.relation(name)
    add = _add_aggregate if is_aggregate else _add
    add(info, ENTITIES[relation.target], node.selection_set, below, path)


def _add_list(need: Need, entity: Entity, relation: str, nested: NestedList, path: ResponsePath) -> Need:
    """Add a list that a field of the rows shows; return the need of the list's rows."""
    need.fields[path] = nested
    if entity.relations[relation].owner_column is not None:
        return need.nested(nested)
    below = need.relation(relation)
    below.add(nested.listing.need)
    return below


def _add_aggregate(
    info: Info, entity: Entity, selection: SelectionSetNode | None, need: Need, path: ResponsePath
) -> None:
    for node in _fields(info, selection):
        if node.name.value == "nodes":
            need.every_row = True
            # The rows are needed, whatever is selected of them. An entity's first column names its rows.
            need.columns.add(next(iter(entity.columns)))
            _add(info, entity, node.selection_set, need, (*path, _response_key(node)))
        elif node.name.value == "aggregate":
            figures = _fields(info, node.selection_set)
            need.counts = bool(need.counts) or any(figure.name.value == "count" for figure in figures)
            for figure in figures:
                columns = _columns_of_figure(info, entity, figure)
                need.every_row = need.every_row or (bool(columns) and figure.name.value == "count")
                need.columns |= columns


def _columns_of_figure(info: Info, entity: Entity, node: FieldNode) -> set[str]:
    """Return the columns that a count or an extreme looks at."""
    if node.name.value == "count":
        return set(_given(info, f"{entity.name}_aggregate_fields", node).get("columns") or ())
    return {column.name.value for column in _fields(info, node.selection_set)} & set(entity.columns)


def _response_key(node: FieldNode) -> str:
    return node.alias.value if node.alias else node.name.value


def _given(info: Info, owner: str, node: FieldNode) -> dict[str, Any]:
    kind: Any = info.schema.type_map[owner]
    return get_argument_values(kind.fields[node.name.value], node, info.variable_values)


def _nested_list(info: Info, entity: Entity, node: FieldNode, width: int) -> NestedList:
    """Compile the list, or the aggregate of a list, that a field of a row asks for.

    `width` is what the field shows of each row of the list already.
    """
    relation = node.name.value.removesuffix(AGGREGATE)
    is_aggregate = relation != node.name.value
    target = ENTITIES[entity.relations[relation].target]
    arguments = list_arguments(info, target, node, _given(info, entity.name, node))
    context = info.context
    return NestedList(
        relation,
        compile_inside(entity, relation, arguments, context.work, context.caller.projects),
        is_aggregate,
        written=sum(values_written(argument.value) for argument in node.arguments or ()),
        width=width + (_width_of_nodes if is_aggregate else _width)(info, node.selection_set),
    )


def _width(info: Info, selection: SelectionSetNode | None) -> int:
    """Return the number of fields in a selection, at all levels."""
    width = 0
    for node in _fields(info, selection):
        width += 1 + _width(info, node.selection_set) if node.selection_set else 1
    return width


def _width_of_nodes(info: Info, selection: SelectionSetNode | None) -> int:
    """Return the number of fields in the selection of an aggregate's rows."""
    nodes = (node for node in _fields(info, selection) if node.name.value == "nodes")
    return sum(1 + _width(info, node.selection_set) for node in nodes)


def list_arguments(info: Info, entity: Entity, node: FieldNode, given: Mapping[str, Any]) -> Arguments:
    """Return the arguments of a list, with the keys of its sort order as the client wrote them.

    Raises Forbidden for a filter on what the caller may not list.
    """
    if info.context.caller.scope is not Scope.ADMIN:
        from graphql_api.permissions.filters import check_filter  # noqa: PLC0415

        check_filter(info.context.caller, entity, given.get("where"))
    return Arguments(
        where=given.get("where"),
        order_by=_in_given_order(info, node, given.get("order_by")),
        limit=given.get("limit"),
        offset=given.get("offset"),
        distinct_on=given.get("distinct_on") or (),
    )


def _fields(info: Info, selection: SelectionSetNode | None) -> list[FieldNode]:
    """Return the fields of a selection, and those of its fragments, as far as they are included."""
    found: list[FieldNode] = []
    for node in selection.selections if selection else ():
        if node.directives and not _included(info, node):
            continue
        if isinstance(node, FieldNode):
            found.append(node)
        elif isinstance(node, InlineFragmentNode):
            found += _fields(info, node.selection_set)
        elif isinstance(node, FragmentSpreadNode):
            fragment: Any = info.fragments[node.name.value]
            definition: FragmentDefinitionNode = getattr(fragment, "definition", fragment)
            found += _fields(info, definition.selection_set)
    return found


def _included(info: Info, node: Any) -> bool:
    skip = get_directive_values(GraphQLSkipDirective, node, info.variable_values)
    include = get_directive_values(GraphQLIncludeDirective, node, info.variable_values)
    return not (skip and skip["if"]) and not (include and not include["if"])


def _in_given_order(info: Info, node: FieldNode, coerced: Any) -> list[dict[str, Any]]:
    """Return an `order_by` with its keys as the client wrote them.

    Coercion puts the keys of an input object in the order of its type, but in a sort order the client's order
    of keys is the meaning. So that order is taken from the literal, or from the variable as it was sent.
    """
    if coerced is None:
        return []
    values = [argument.value for argument in node.arguments or () if argument.name.value == "order_by"]
    given = _as_written(info, values[0]) if values else coerced
    coerced = coerced if isinstance(coerced, list) else [coerced]
    given = given if isinstance(given, list) else [given]
    return [_ordered_like(one, other) for one, other in zip(given, coerced, strict=True) if other is not None]


def _as_written(info: Info, node: ValueNode) -> Any:
    if isinstance(node, VariableNode):
        return _variable_as_written(info, node.name.value)
    if isinstance(node, ObjectValueNode):
        return {field.name.value: _as_written(info, field.value) for field in node.fields}
    if isinstance(node, ListValueNode):
        return [_as_written(info, item) for item in node.values]
    return None


def _variable_as_written(info: Info, name: str) -> Any:
    source = info.variable_values.sources.get(name)
    if source is None or source.value is not Undefined:
        return source.value if source else None
    default = source.signature.default
    return _as_written(info, default.literal) if default and default.literal else None


def _ordered_like(given: Any, coerced: Any) -> Any:
    """Return the coerced value with its keys in the order of the given value."""
    if not isinstance(coerced, Mapping) or not isinstance(given, Mapping):
        return coerced
    ordered = {name: _ordered_like(given[name], coerced[name]) for name in given if name in coerced}
    return ordered | {name: value for name, value in coerced.items() if name not in ordered}
