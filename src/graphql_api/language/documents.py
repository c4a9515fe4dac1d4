"""Documents: parsed, checked against the limits and the schema, and remembered."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from graphql import (
    BREAK,
    ArgumentNode,
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    NamedTypeNode,
    Node,
    ObjectFieldNode,
    OperationDefinitionNode,
    TypeNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    parse,
    validate,
    visit,
)
from graphql.validation.validate import ValidationAbortedError

from domain.errors import BadUserInput
from graphql_api.errors import PARSE_FAILED, VALIDATION_FAILED, format_error
from graphql_api.language import document_limits as limits
from graphql_api.language.string_literals import parse_with_halves

# Core declares its variables with the names that Hasura gives to PostgreSQL's types.
SCALAR_SPELLINGS: Mapping[str, str] = {
    "uuid": "UUID",
    "timestamptz": "DateTime",
    "json": "JSON",
    "jsonb": "JSON",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document: `type` is query, mutation or subscription; `name` may be absent."""

    name: str | None
    type: str
    root_fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A document that may be executed, or the formatted errors that say why not."""

    node: DocumentNode | None
    operations: tuple[Operation, ...] = ()
    errors: tuple[dict[str, Any], ...] = ()

    def operation(self, name: str | None) -> Operation | None:
        """Choose as execution does: by name, or the only one; None when there is no such choice."""
        if name is None:
            return self.operations[0] if len(self.operations) == 1 else None
        return next((operation for operation in self.operations if operation.name == name), None)


class Documents:
    """The least recently used documents of a schema, bounded in number and in bytes of source.

    Safe for use from several threads. A byte of source takes some eighty of memory once parsed.
    Sources longer than `longest` bytes are read each time: they carry inline values and rarely recur.
    """

    def __init__(
        self, schema: GraphQLSchema, *, most: int = 512, most_bytes: int = 262_144, longest: int = 16_384
    ) -> None:
        self._schema = schema
        self._most = most
        self._most_bytes = most_bytes
        self._longest = longest
        self._lock = Lock()
        self._bytes = 0
        self._kept: OrderedDict[str, tuple[Document, int]] = OrderedDict()

    def get(self, source: str) -> Document:
        """Give the document of this source, read now or earlier."""
        with self._lock:
            if source in self._kept:
                self._kept.move_to_end(source)
                return self._kept[source][0]
        document = read(self._schema, source)
        size = len(source.encode("utf-8", "surrogatepass"))
        if size <= self._longest:
            self._keep(source, document, size)
        return document

    def _keep(self, source: str, document: Document, size: int) -> None:
        with self._lock:
            if source in self._kept:  # another thread has read it meanwhile
                return
            self._kept[source] = (document, size)
            self._bytes += size
            while len(self._kept) > self._most or self._bytes > self._most_bytes:
                _, (_, dropped) = self._kept.popitem(last=False)
                self._bytes -= dropped


def read(schema: GraphQLSchema, source: str) -> Document:
    """Parse and validate a source."""
    try:
        node = parse_with_halves(_parse, source)
    except GraphQLError as error:
        return Document(None, errors=(format_error(error, PARSE_FAILED),))
    if (too_large := limits.excess(node)) is not None:
        return Document(None, errors=(format_error(too_large, BadUserInput.code),))
    node = _with_our_scalars(node, schema)
    found = validate(schema, node, max_errors=limits.MAX_REPORTED_ERRORS)
    if found:
        return Document(None, errors=tuple(_formatted(node, error) for error in found))
    operations = (d for d in node.definitions if isinstance(d, OperationDefinitionNode))
    return Document(node, tuple(_summary(definition) for definition in operations))


def _parse(source: str) -> DocumentNode:
    return parse(
        source,
        max_lexical_tokens=limits.MAX_TOKENS,
        max_comments=limits.MAX_COMMENTS,
        max_source_length=limits.MAX_SOURCE_LENGTH,
    )


def _formatted(document: DocumentNode, error: GraphQLError) -> dict[str, Any]:
    """Format what validation found; a literal that is no good is refused as the same variable would be."""
    literal = error.nodes[0] if error.nodes else None
    if not isinstance(literal, ValueNode) or isinstance(literal, VariableNode):
        return format_error(_explained(error), VALIDATION_FAILED)
    named = GraphQLError(f"{_place(document, literal)}: {error.message}", literal)
    return format_error(named, BadUserInput.code)


def _place(document: DocumentNode, literal: ValueNode) -> str:
    """Where a value stands, such as `input.flow_id`: its argument, or the variable whose default it is."""
    place: list[str] = []

    class Finder(Visitor):
        def enter(self, node: Node, _key: Any, parent: Any, _path: Any, ancestors: list[Any]) -> Any:
            if node is not literal:
                return None
            for each in (*ancestors, parent):
                if isinstance(each, ArgumentNode | ObjectFieldNode):
                    place.append(each.name.value)
                elif isinstance(each, VariableDefinitionNode):
                    place.append(f"${each.variable.name.value}")
            return BREAK

    visit(document, Finder())
    return ".".join(place)


def _explained(error: GraphQLError) -> GraphQLError:
    """Say what stopped the validation, which graphql-core's own message leaves open."""
    if not isinstance(error, ValidationAbortedError):
        return error
    if "error limit" in error.message:
        return GraphQLError(
            f"Too many validation errors: only the first {limits.MAX_REPORTED_ERRORS} are reported."
        )
    return GraphQLError(
        "The document is too complex to validate: it selects the same fields side by side too often. "
        "Select each field once, or split the document into several requests."
    )


def _summary(operation: OperationDefinitionNode) -> Operation:
    fields = (node for node in operation.selection_set.selections if isinstance(node, FieldNode))
    return Operation(
        operation.name.value if operation.name else None,
        operation.operation.value,
        tuple(dict.fromkeys(node.name.value for node in fields)),
    )


def _with_our_scalars(document: DocumentNode, schema: GraphQLSchema) -> DocumentNode:
    """Rename the scalars in variable declarations where only the other spelling is in the schema."""
    names = {
        theirs: ours
        for theirs, ours in SCALAR_SPELLINGS.items()
        if theirs not in schema.type_map and ours in schema.type_map
    }

    def renamed(definition: Any) -> Any:
        variables = getattr(definition, "variable_definitions", None)
        if not isinstance(definition, OperationDefinitionNode) or not variables:
            return definition
        return replace(
            definition,
            variable_definitions=tuple(replace(v, type=_renamed(v.type, names)) for v in variables),
        )

    return replace(document, definitions=tuple(renamed(definition) for definition in document.definitions))


def _renamed(node: TypeNode, names: Mapping[str, str]) -> TypeNode:
    if isinstance(node, NamedTypeNode):
        ours = names.get(node.name.value)
        return replace(node, name=replace(node.name, value=ours)) if ours else node
    wrapper: Any = node  # a list or a non-null type
    inner = _renamed(wrapper.type, names)
    return node if inner is wrapper.type else replace(wrapper, type=inner)
