"""The bound on introspection, which reads no data but can ask for the whole schema again and again.

A selection of the schema resolves a known number of fields, because the schema does not change. They are
counted without resolving them: each element of the schema once for each selection of it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    is_abstract_type,
    is_input_object_type,
)

# Three times what the full query of graphql-core, GraphiQL or a code generator resolves.
MAX_INTROSPECTED: Final = 100_000


def introspection_excess(schema: GraphQLSchema, document: DocumentNode) -> GraphQLError | None:
    """Return the error of a valid document whose introspection is too large, or None."""
    definitions = document.definitions
    fragments = {node.name.value: node for node in definitions if isinstance(node, FragmentDefinitionNode)}
    try:
        for node in definitions:
            if isinstance(node, OperationDefinitionNode):
                _Size(schema, fragments).of(None, node.selection_set)
    except _TooLargeError:
        return GraphQLError(
            f"This document asks for more than {MAX_INTROSPECTED:,} facts about the schema. The full schema "
            "in one request is possible; split what is more into several requests."
        )
    return None


class _TooLargeError(Exception):
    """The selections resolve too many fields; the rest is not counted."""


class _Size:
    """The number of fields that selections of a schema resolve. An element of None is the root."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema, self._fragments = schema, fragments
        self._known: dict[tuple[int, int], int] = {}

    def of(self, element: Any, selection: SelectionSetNode) -> int:
        key = id(element), id(selection)
        if key not in self._known:
            size = 0
            for node in selection.selections:
                size += self._of_node(element, node)
                if size > MAX_INTROSPECTED:
                    raise _TooLargeError
            self._known[key] = size
        return self._known[key]

    def _of_node(self, element: Any, node: Any) -> int:
        if isinstance(node, FragmentSpreadNode):
            return self.of(element, self._fragments[node.name.value].selection_set)
        if isinstance(node, InlineFragmentNode):
            return self.of(element, node.selection_set)
        if element is None:
            if node.name.value == "__schema":
                return self.of(self._schema, node.selection_set)
            return self._of_named_type(node) if node.name.value == "__type" else 0
        if node.selection_set is None:
            return 1
        return 1 + sum(self.of(below, node.selection_set) for below in self._below(element, node.name.value))

    def _of_named_type(self, node: FieldNode) -> int:
        """Return the size of `__type`: that of the largest type if a variable names the type."""
        (name,) = [argument.value for argument in node.arguments or ()]
        if isinstance(name, StringValueNode):
            types = [self._schema.type_map.get(name.value)]
        else:
            types = list(self._schema.type_map.values())
        return max(self.of(kind, node.selection_set) for kind in types) if node.selection_set else 0

    def _below(self, element: Any, name: str) -> Iterable[Any]:
        if name == "possibleTypes":
            return self._schema.get_possible_types(element) if is_abstract_type(element) else ()
        if name in ("fields", "inputFields") and is_input_object_type(element) is (name == "fields"):
            return ()
        found = getattr(element, _ATTRIBUTES.get(name, ""), None)
        if isinstance(found, Mapping):
            return found.values()
        return found if isinstance(found, list | tuple) else () if found is None else (found,)


# The elements that each field of introspection shows: the attributes of graphql-core's elements.
_ATTRIBUTES: Final[Mapping[str, str]] = {
    "types": "type_map",
    "queryType": "query_type",
    "mutationType": "mutation_type",
    "subscriptionType": "subscription_type",
    "directives": "directives",
    "fields": "fields",
    "inputFields": "fields",
    "interfaces": "interfaces",
    "enumValues": "values",
    "ofType": "of_type",
    "args": "args",
    "type": "type",
}
