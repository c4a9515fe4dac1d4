"""Execution of one request against the schema, from its text to its result."""

from collections.abc import AsyncIterable, Awaitable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, TypeGuard, cast

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLOutputType,
    GraphQLSchema,
    OperationType,
    assert_valid_schema,
    located_error,
)
from graphql.execution import ExecutionResult
from graphql.pyutils import Path

from domain.access.callers import OPERATOR, Caller
from domain.errors import BadUserInput, FlowRunsError, Forbidden
from graphql_api.errors import (
    ends_query,
    forget_frames,
    format_error,
    format_field_error,
    is_internal,
    is_unanswered,
)
from graphql_api.language.document_limits import MAX_REPORTED_ERRORS
from graphql_api.language.documents import Documents, Operation
from graphql_api.language.raw_inputs import mended_variables
from graphql_api.language.ready_lists import ready_lists, without_lists
from graphql_api.language.variable_limits import check_variables
from graphql_api.permissions.checking import check_permissions
from graphql_api.row_execution import RowExecution


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphQLRequest:
    """A request of a client. `read_only` refuses mutations. Failures are logged under `request_id`."""

    query: str
    variables: dict[str, Any]
    operation_name: str | None = None
    read_only: bool = False
    request_id: str = ""


class Stage(Enum):
    """The last stage that a request reached."""

    REFUSED = auto()  # for its syntax, size, validation, operation name or variables: nothing was executed
    WRITE_REFUSED = auto()  # a mutation in a request that may only read: nothing was executed
    FORBIDDEN = auto()  # for a field that the caller may not use: nothing was executed
    EXECUTED = auto()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The response of the GraphQL specification, with further facts for HTTP and the log.

    `result` has an `errors` key only if there are errors. `failures` are the errors of the service itself:
    only the log shows their text. `unanswered` are the errors after which the client should send the request
    again: only the log shows their cause.
    """

    result: dict[str, Any]
    stage: Stage
    operation: Operation | None = None
    failures: tuple[GraphQLError, ...] = ()
    unanswered: tuple[GraphQLError, ...] = ()

    @property
    def wrote(self) -> bool:
        """True if a mutation was executed, wholly or in part."""
        return (
            self.stage is Stage.EXECUTED and self.operation is not None and self.operation.type == "mutation"
        )


class Executor:
    """An executor of requests against one schema, whose resolvers are synchronous.

    A process needs one, because it remembers parsed documents. It is safe to use from several threads.
    Without `introspection`, requests learn nothing of the schema: no types, and no suggestions in errors.
    """

    def __init__(
        self, schema: GraphQLSchema, documents: Documents | None = None, *, introspection: bool = True
    ) -> None:
        assert_valid_schema(schema)
        self._schema = schema
        self._introspection = introspection
        self._documents = documents or Documents(schema, introspection=introspection)

    def execute(self, request: GraphQLRequest, context: object, caller: Caller = OPERATOR) -> Outcome:
        """Execute a request of a caller. The outcome has every failure; none is raised.

        If the caller may not use one of the fields, nothing is executed.
        """
        document = self._documents.get(request.query)
        if document.node is None:
            return Outcome({"errors": list(document.errors)}, Stage.REFUSED)
        operation = document.operation(request.operation_name)
        if request.read_only and operation is not None and operation.type != "query":
            return _write_refused(operation)
        try:
            if operation is not None:
                check_permissions(operation, caller)
                check_variables(operation.composites, request.variables, operation.uses)
        except Forbidden as error:
            return Outcome({"errors": [_refusal(error)]}, Stage.FORBIDDEN, operation)
        except BadUserInput as error:
            return Outcome({"errors": [_refusal(error)]}, Stage.REFUSED, operation)
        execution = self._begin(document.node, request, operation, context)
        if isinstance(execution, list):
            errors = [format_error(error, BadUserInput.code) for error in execution]
            return Outcome({"errors": errors}, Stage.REFUSED, operation)
        # The result is complete, because no resolver is awaitable and no part is deferred.
        result = cast("ExecutionResult", execution.execute_operation())
        return _executed(result, operation, request.request_id)

    def _begin(
        self, document: DocumentNode, request: GraphQLRequest, operation: Operation | None, context: object
    ) -> RowExecution | list[GraphQLError]:
        """Return the execution of a request, or the errors of its variables, which mending does not help."""
        raw: dict[str, Any] = request.variables
        ready: dict[str, Any] = {}
        if operation is not None and operation.type == "mutation":
            ready = ready_lists(operation.composites, raw)
            raw = without_lists(operation.composites, raw, ready)
        execution = self._build(document, request, raw, context)
        if isinstance(execution, list):
            execution = self._build(document, request, mended_variables(self._schema, document, raw), context)
        if not isinstance(execution, list):
            execution.variable_values.coerced.update(ready)
        return execution

    def _build(
        self, document: DocumentNode, request: GraphQLRequest, variables: dict[str, Any], context: object
    ) -> RowExecution | list[GraphQLError]:
        execution: Any = _Execution.build(
            self._schema,
            document,
            context_value=context,
            raw_variable_values=variables,
            operation_name=request.operation_name,
            max_coercion_errors=MAX_REPORTED_ERRORS,
            hide_suggestions=not self._introspection,
            is_awaitable=_never_awaitable,
            is_async_iterable=_never_async_iterable,
        )
        return cast("RowExecution | list[GraphQLError]", execution)


class _Execution(RowExecution):
    """An execution in which refusals keep no values alive, and a query ends with its budget.

    It ends with one error, because each further row would fail anew where null may stand. A mutation goes on,
    because its response tells what was written.
    """

    def handle_field_error(
        self, raw_error: Exception, return_type: GraphQLOutputType, field_details_list: Any, path: Path
    ) -> None:
        forget_frames(raw_error)
        if ends_query(raw_error) and self.operation.operation is OperationType.QUERY:
            raise located_error(raw_error, [field.node for field in field_details_list], path.as_list())
        super().handle_field_error(raw_error, return_type, field_details_list, path)


def _never_awaitable(_value: Any) -> TypeGuard[Awaitable[Any]]:
    return False


def _never_async_iterable(_value: Any) -> TypeGuard[AsyncIterable[Any]]:
    return False


def _write_refused(operation: Operation) -> Outcome:
    error = BadUserInput(f"A {operation.type} can't be sent by GET, which only reads. Send it by POST.")
    return Outcome({"errors": [_refusal(error)]}, Stage.WRITE_REFUSED, operation)


def _refusal(error: FlowRunsError) -> dict[str, Any]:
    return {"message": error.message, "extensions": error.extensions}


def _executed(result: ExecutionResult, operation: Operation | None, request_id: str) -> Outcome:
    if not result.errors:
        return Outcome({"data": result.data}, Stage.EXECUTED, operation)
    errors = [format_field_error(error, request_id) for error in result.errors]
    failures = tuple(error for error in result.errors if is_internal(error))
    unanswered = tuple(error for error in result.errors if is_unanswered(error))
    return Outcome({"errors": errors, "data": result.data}, Stage.EXECUTED, operation, failures, unanswered)
