"""Documents, which are parsed, checked against the limits and the schema, and remembered."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from graphql import (
    BREAK,
    ArgumentNode,
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    Node,
    NoSchemaIntrospectionCustomRule,
    ObjectFieldNode,
    OperationDefinitionNode,
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
from graphql_api.language.document_limits import (
    MAX_COMMENTS,
    MAX_REPORTED_ERRORS,
    MAX_SOURCE_LENGTH,
    MAX_TOKENS,
    excess,
)
from graphql_api.language.introspection_limits import introspection_excess
from graphql_api.language.scalars import with_our_scalars
from graphql_api.language.string_literals import parse_with_halves
from graphql_api.language.uses import Use, uses_of
from graphql_api.language.variable_limits import composite_variables, uses_in_json


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document. `type` is query, mutation or subscription. `name` may be absent.

    `composites` are the types of the variables that have lists or objects, `uses` how often variables stand
    inside of literals of JSON. `fields` are the fields of the schema that it uses.
    """

    name: str | None
    type: str
    root_fields: tuple[str, ...]
    composites: Mapping[str, GraphQLInputType] = field(default_factory=dict, repr=False, compare=False)
    uses: Mapping[str, int] = field(default_factory=dict, repr=False, compare=False)
    fields: tuple[Use, ...] = field(default=(), repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Document:
    """A document that can be executed, or the formatted errors that refuse it."""

    node: DocumentNode | None
    operations: tuple[Operation, ...] = ()
    errors: tuple[dict[str, Any], ...] = ()

    def operation(self, name: str | None) -> Operation | None:
        """Return the operation that execution would choose, by its name or as the only one, or None."""
        if name is None:
            return self.operations[0] if len(self.operations) == 1 else None
        return next((operation for operation in self.operations if operation.name == name), None)


class Documents:
    """A cache of the most recently used documents of a schema, bounded in number and in bytes of source.

    Without `introspection`, no document learns the schema, neither by fields nor by suggestions in errors.
    It is safe to use from several threads. One byte of source takes some eighty bytes of memory once parsed.
    Sources longer than `longest` bytes are not remembered, because they carry inline values and rarely recur.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        introspection: bool = True,
        most: int = 512,
        most_bytes: int = 262_144,
        longest: int = 16_384,
    ) -> None:
        self._schema = schema
        self._introspection = introspection
        self._most = most
        self._most_bytes = most_bytes
        self._longest = longest
        self._lock = Lock()
        self._bytes = 0
        self._kept: OrderedDict[str, tuple[Document, int]] = OrderedDict()

    def get(self, source: str) -> Document:
        """Return the document of a source, from the cache if it is there."""
        with self._lock:
            if source in self._kept:
                self._kept.move_to_end(source)
                return self._kept[source][0]
        document = read(self._schema, source, introspection=self._introspection)
        size = len(source.encode("utf-8", "surrogatepass"))
        if size <= self._longest:
            self._keep(source, document, size)
        return document

    def _keep(self, source: str, document: Document, size: int) -> None:
        with self._lock:
            if source in self._kept:  # another thread has read it in the meantime
                return
            self._kept[source] = (document, size)
            self._bytes += size
            while len(self._kept) > self._most or self._bytes > self._most_bytes:
                _, (_, dropped) = self._kept.popitem(last=False)
                self._bytes -= dropped


def read(schema: GraphQLSchema, source: str, *, introspection: bool = True) -> Document:
    """Parse, measure and validate a source. Without `introspection`, nothing in it may ask for the schema."""
    try:
        node = parse_with_halves(_parse, source)
    except GraphQLError as error:
        return Document(None, errors=(format_error(error, PARSE_FAILED),))
    if (too_large := excess(node)) is not None:
        return Document(None, errors=(format_error(too_large, BadUserInput.code),))
    node = with_our_scalars(node, schema)
    if not introspection and (asked := validate(schema, node, [NoSchemaIntrospectionCustomRule])):
        refusal = GraphQLError("Introspection is switched off in this deployment.", asked[0].nodes)
        return Document(None, errors=(format_error(refusal, VALIDATION_FAILED),))
    found = validate(schema, node, max_errors=MAX_REPORTED_ERRORS, hide_suggestions=not introspection)
    if found:
        errors = [_formatted(node, error) for error in found]
        return Document(None, errors=tuple(errors if introspection else map(_without_suggestion, errors)))
    if (too_large := introspection_excess(schema, node)) is not None:
        return Document(None, errors=(format_error(too_large, BadUserInput.code),))
    operations = (d for d in node.definitions if isinstance(d, OperationDefinitionNode))
    uses = uses_in_json(schema, node)
    return Document(node, tuple(_summary(schema, node, definition, uses) for definition in operations))


def _parse(source: str) -> DocumentNode:
    return parse(
        source,
        max_lexical_tokens=MAX_TOKENS,
        max_comments=MAX_COMMENTS,
        max_source_length=MAX_SOURCE_LENGTH,
    )


def _formatted(document: DocumentNode, error: GraphQLError) -> dict[str, Any]:
    """Return an error of validation in its form in a response.

    A bad literal has the code of a bad variable.
    """
    literal = error.nodes[0] if error.nodes else None
    if not isinstance(literal, ValueNode) or isinstance(literal, VariableNode):
        return format_error(_explained(error), VALIDATION_FAILED)
    place = _place(document, literal)
    message = f"{place}: {error.message}" if place else error.message
    named = GraphQLError(message, literal, original_error=error)
    return format_error(named, BadUserInput.code)


def _without_suggestion(error: dict[str, Any]) -> dict[str, Any]:
    """Return the error without the suggestions that graphql-core does not hide."""
    return {**error, "message": error["message"].partition(" Did you mean ")[0]}


def _place(document: DocumentNode, literal: ValueNode) -> str:
    """Return the path of a value, such as `input.flow_id`, or the variable whose default it is."""
    place: list[str] = []

    class Finder(Visitor):
        def enter(self, node: Node, _key: Any, parent: Any, _path: Any, ancestors: list[Any]) -> Any:
            if node is not literal:
                return None
            for owner in (*ancestors, parent):
                if isinstance(owner, ArgumentNode | ObjectFieldNode):
                    place.append(owner.name.value)
                elif isinstance(owner, VariableDefinitionNode):
                    place.append(f"${owner.variable.name.value}")
            return BREAK

    visit(document, Finder())
    return ".".join(place)


def _explained(error: GraphQLError) -> GraphQLError:
    """Return the error with the reason why validation stopped, which graphql-core's message leaves open."""
    if not isinstance(error, ValidationAbortedError):
        return error
    if "error limit" in error.message:
        return GraphQLError(f"Too many validation errors: only the first {MAX_REPORTED_ERRORS} are reported.")
    return GraphQLError(
        "The document is too complex to validate: it selects the same fields side by side too often. "
        "Select each field once, or split the document into several requests."
    )


def _summary(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, uses: Mapping[str, int]
) -> Operation:
    fields = (node for node in operation.selection_set.selections if isinstance(node, FieldNode))
    return Operation(
        operation.name.value if operation.name else None,
        operation.operation.value,
        tuple(dict.fromkeys(node.name.value for node in fields)),
        composite_variables(schema, operation),
        uses,
        uses_of(schema, document, operation),
    )
