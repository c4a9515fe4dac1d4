"""Raw variables that are made valid for their types, because their senders could not mend a refused value."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from graphql import (
    DocumentNode,
    GraphQLSchema,
    NamedTypeNode,
    OperationDefinitionNode,
    OperationType,
    TypeNode,
)

Spell = Callable[[str], str]
# Takes a raw value and the spelling of its names, and returns a valid value.
Mend = Callable[[Any, Spell], Any]
_MEND: Final = "mend"
# A longer list is left as it is, and so is refused if an item is invalid. In the largest body so many items
# would have no room for what a client means by them.
MAX_MENDED: Final = 50_000


def mending(mend: Mend | None, items: Mapping[str, Mend | None], spell: Spell) -> dict[str, Any]:
    """Return the extensions of an input type, which hold the function that mends its values.

    `mend` mends the whole value, `items` the items of its lists by the names of the lists in snake_case.
    """
    if mend is not None:
        return {_MEND: _in_dialect(mend, spell)}
    menders = {spell(name): _in_dialect(mend, spell) for name, mend in items.items() if mend is not None}
    return {_MEND: partial(_mend_lists, menders)} if menders else {}


def _in_dialect(mend: Mend, spell: Spell) -> Callable[[Any], Any]:
    return lambda raw: mend(raw, spell)


def _mend_lists(menders: Mapping[str, Callable[[Any], Any]], raw: Any) -> Any:
    if not isinstance(raw, dict):
        return raw
    lists = {name: raw[name] for name in menders if raw.get(name) is not None}
    return raw | {name: _mend_items(menders[name], value) for name, value in lists.items()}


def _mend_items(mend: Callable[[Any], Any], raw: Any) -> Any:
    if not isinstance(raw, list):
        return mend(raw)
    return [mend(item) for item in raw] if len(raw) <= MAX_MENDED else raw


def mended_value(kind: Any) -> Callable[[Any], Any] | None:
    """Return the function that mends values of this named type, or lists of them; None if there is none."""
    mend = getattr(kind, "extensions", {}).get(_MEND)
    return None if mend is None else partial(_mend_items, mend)


def mended_variables(schema: GraphQLSchema, document: DocumentNode, raw: dict[str, Any]) -> dict[str, Any]:
    """Return the variables of a request. The values of input types with a mending function are mended."""
    mended = {}
    for definition in document.definitions:
        if not isinstance(definition, OperationDefinitionNode):
            continue
        if definition.operation is not OperationType.MUTATION:
            continue
        for variable in definition.variable_definitions or ():
            name = variable.variable.name.value
            mend = mended_value(schema.type_map.get(_named(variable.type)))
            if mend is not None and raw.get(name) is not None:
                mended[name] = mend(raw[name])
    return {**raw, **mended} if mended else raw


def _named(node: TypeNode) -> str:
    while not isinstance(node, NamedTypeNode):
        wrapper: Any = node
        node = wrapper.type
    return node.name.value
