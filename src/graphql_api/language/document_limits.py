"""Bounds on documents, checked before validation, because validating a hostile document is costly."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
)

# Limits of the lexer and the parser. Large values belong in variables, which these limits do not count.
MAX_SOURCE_LENGTH = 1_000_000
MAX_TOKENS = 20_000
MAX_COMMENTS = 1_000
# The full introspection query has 15 levels, which is more than any query of our clients.
MAX_DEPTH = 15
MAX_ROOT_FIELDS = 100
MAX_ALIASES = 200
# Validation compares fields of equal names pairwise: the square of this number in the worst case.
MAX_FIELDS = 1_000
MAX_FRAGMENTS = 100
# The arguments of a field below the root are read anew for each row. Variables in them are not.
MAX_VALUES_BELOW_ROOT = 100
# One more error says that there are others. Scanners take ten errors for a sign that nothing is bounded.
MAX_REPORTED_ERRORS = 8


class Size(NamedTuple):
    """The size of a selection whose fragments are expanded."""

    depth: int = 0
    root_fields: int = 0
    fields: int = 0
    aliases: int = 0


@dataclass(frozen=True, slots=True)
class _Limit:
    noun: str
    most: int


_LIMITS = {
    "depth": _Limit("levels deep", MAX_DEPTH),
    "root_fields": _Limit("root fields", MAX_ROOT_FIELDS),
    "fields": _Limit("fields", MAX_FIELDS),
    "aliases": _Limit("aliases", MAX_ALIASES),
}


def excess(document: DocumentNode) -> GraphQLError | None:
    """Return the error of a parsed document that exceeds a limit, or None.

    The check is one walk over the document. A fragment is measured once, however often it is spread, so that
    fragments that double each other are cheap to refuse.
    """
    definitions = document.definitions
    fragments = {node.name.value: node for node in definitions if isinstance(node, FragmentDefinitionNode)}
    if len(fragments) > MAX_FRAGMENTS:
        return _too_many("fragments", len(fragments), MAX_FRAGMENTS)
    measure = _Measure(fragments)
    # Unused definitions count too, because they are validated.
    sizes = [
        measure.definition(node)
        for node in definitions
        if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    if measure.own_fields > MAX_FIELDS:
        return _too_many("fields", measure.own_fields, MAX_FIELDS)
    if measure.written > MAX_VALUES_BELOW_ROOT:
        return GraphQLError(
            f"The arguments of a field have {measure.written:,} values in the document; below the root at "
            f"most {MAX_VALUES_BELOW_ROOT} are possible. Pass them as a variable."
        )
    for size in sizes:
        for name, limit in _LIMITS.items():
            if (count := getattr(size, name)) > limit.most:
                return _too_many(limit.noun, count, limit.most)
    return None


def _too_many(noun: str, count: int, most: int) -> GraphQLError:
    return GraphQLError(
        f"The document is too large: {count:,} {noun} with its fragments expanded, "
        f"where the limit is {most:,}. Split it into several requests."
    )


class _Measure:
    """A measurement of definitions that remembers the size of each fragment."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self.own_fields = 0
        self.written = 0  # the most values in the arguments of one field below the root
        self._fragments = fragments
        self._sizes: dict[str, Size] = {}

    def definition(self, node: OperationDefinitionNode | FragmentDefinitionNode) -> Size:
        if isinstance(node, FragmentDefinitionNode):
            return self._fragment(node.name.value)
        return self._selections(node.selection_set, is_root=True)

    def _fragment(self, name: str) -> Size:
        if name in self._sizes:
            return self._sizes[name]
        # A fragment that spreads itself adds nothing here, because validation reports it.
        self._sizes[name] = Size()
        if name in self._fragments:
            fragment = self._fragments[name]
            is_root = fragment.type_condition.name.value in ("Query", "Mutation")
            self._sizes[name] = self._selections(fragment.selection_set, is_root=is_root)
        return self._sizes[name]

    def _selections(self, selection_set: SelectionSetNode, *, is_root: bool) -> Size:
        depth = root_fields = fields = aliases = 0
        stack = [(selection_set, 0)]
        while stack:
            selections, level = stack.pop()
            for node in selections.selections:
                if isinstance(node, FieldNode):
                    self.own_fields += 1
                    fields += 1
                    aliases += node.alias is not None
                    depth = max(depth, level + 1)
                    root_fields += level == 0
                    if node.arguments and (level or not is_root):
                        written = sum(values_written(argument.value) for argument in node.arguments)
                        self.written = max(self.written, written)
                    if node.selection_set:
                        stack.append((node.selection_set, level + 1))
                elif isinstance(node, InlineFragmentNode):
                    stack.append((node.selection_set, level))
                elif isinstance(node, FragmentSpreadNode):
                    inner = self._fragment(node.name.value)
                    depth = max(depth, level + inner.depth)
                    root_fields += inner.root_fields if level == 0 else 0
                    fields += inner.fields
                    aliases += inner.aliases
        return Size(depth, root_fields, fields, aliases)


def values_written(value: ValueNode) -> int:
    """Return the number of values in a literal, each list and object counted."""
    count, left = 0, [value]
    while left:
        node = left.pop()
        count += 1
        if isinstance(node, ListValueNode):
            left.extend(node.values)
        elif isinstance(node, ObjectValueNode):
            left.extend(field.value for field in node.fields)
    return count
