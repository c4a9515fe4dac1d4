"""Raw variables made ones that their types take, for senders that could not mend what was refused."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, Protocol

from graphql import (
    DocumentNode,
    GraphQLSchema,
    NamedTypeNode,
    OperationDefinitionNode,
    OperationType,
    TypeNode,
)

Spell = Callable[[str], str]
# A raw value, and how names are spelt in it, to a value that can be used.
Mend = Callable[[Any, Spell], Any]
_MEND: Final = "mend"


class HasItems(Protocol):
    """An input whose items may be mended."""

    @property
    def name(self) -> str: ...
    @property
    def mend(self) -> Mend | None: ...


def mending(mend: Mend | None, inputs: Sequence[HasItems], spell: Spell) -> dict[str, Any]:
    """The extensions of an input type that is mended, by itself or in one of its lists."""
    if mend is not None:
        return {_MEND: _spelt(mend, spell)}
    items = {spell(each.name): _spelt(each.mend, spell) for each in inputs if each.mend is not None}
    return {_MEND: partial(_mend_items, items)} if items else {}


def _spelt(mend: Mend, spell: Spell) -> Callable[[Any], Any]:
    return lambda raw: mend(raw, spell)


def _mend_items(items: Mapping[str, Callable[[Any], Any]], raw: Any) -> Any:
    if not isinstance(raw, dict):
        return raw
    mended = {name: _each(items[name], raw[name]) for name in items if name in raw and raw[name] is not None}
    return raw | mended


def _each(mend: Callable[[Any], Any], raw: Any) -> Any:
    return [mend(each) for each in raw] if isinstance(raw, list) else mend(raw)


def mended_variables(schema: GraphQLSchema, document: DocumentNode, raw: dict[str, Any]) -> dict[str, Any]:
    """The variables of a request, those of types that are mended as they can be used."""
    found = {}
    for definition in document.definitions:
        if not isinstance(definition, OperationDefinitionNode):
            continue
        if definition.operation is not OperationType.MUTATION:
            continue
        for variable in definition.variable_definitions or ():
            name = variable.variable.name.value
            extensions = getattr(schema.type_map.get(_named(variable.type)), "extensions", {})
            if _MEND in extensions and raw.get(name) is not None:
                found[name] = _each(extensions[_MEND], raw[name])
    return {**raw, **found} if found else raw


def _named(node: TypeNode) -> str:
    while not isinstance(node, NamedTypeNode):
        wrapper: Any = node
        node = wrapper.type
    return node.name.value
