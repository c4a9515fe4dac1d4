"""The fields of the schema that an operation uses, found in its document before it is executed."""

from typing import Final, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_object_type,
)

_ROOT: Final = ""


class Use(NamedTuple):
    """A field that an operation uses, and the type that has it; `parent` is empty for a root field.

    `target` is the name of the object type of the field's value, or empty for a value without fields.
    `is_list` is True if the value is a list.
    """

    parent: str
    field: str
    target: str
    is_list: bool

    @property
    def is_root(self) -> bool:
        """True for a field of Query or Mutation."""
        return self.parent == _ROOT


def uses_of(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
) -> tuple[Use, ...]:
    """Return the root fields of a valid operation, and the fields below them that lead to objects.

    Each is named once, in the order of the document. Fields that a directive may skip are among them.
    """
    root = schema.get_root_type(operation.operation)
    if root is None:
        return ()
    return tuple(_Walk(document, root).uses(operation.selection_set))


class _Walk:
    """One walk through an operation. A fragment is walked once for each type that it stands on."""

    def __init__(self, document: DocumentNode, root: GraphQLObjectType) -> None:
        definitions = document.definitions
        self._fragments = {
            node.name.value: node for node in definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._root = root
        self._walked: set[tuple[str, int]] = set()
        self._found: dict[Use, None] = {}

    def uses(self, selection: SelectionSetNode) -> list[Use]:
        waiting = [(self._root, selection)]
        while waiting:
            parent, selected = waiting.pop()
            if (parent.name, id(selected)) in self._walked:
                continue
            self._walked.add((parent.name, id(selected)))
            for node in selected.selections:
                if isinstance(node, FieldNode):
                    waiting += self._field(parent, node)
                elif isinstance(node, FragmentSpreadNode):
                    waiting.append((parent, self._fragments[node.name.value].selection_set))
                elif isinstance(node, InlineFragmentNode):
                    waiting.append((parent, node.selection_set))
        return list(self._found)

    def _field(
        self, parent: GraphQLObjectType, node: FieldNode
    ) -> list[tuple[GraphQLObjectType, SelectionSetNode]]:
        field = parent.fields.get(node.name.value)
        if field is None:  # __typename and introspection
            return []
        target = get_named_type(field.type)
        is_object = is_object_type(target)
        if is_object or parent is self._root:
            owner = _ROOT if parent is self._root else parent.name
            is_list = is_list_type(get_nullable_type(field.type))
            self._found[Use(owner, node.name.value, target.name if is_object else "", is_list)] = None
        if is_object and node.selection_set is not None:
            return [(target, node.selection_set)]
        return []
