"""GraphQL errors as clients get them: a message, where it happened, a stable `extensions.code`."""

from collections.abc import Iterator
from typing import Any

from graphql import GraphQLError

from domain.errors import ApiError, BadUserInput, FlowRunsError

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
INTERNAL = FlowRunsError.code
MAX_MESSAGE = 2_000


def format_error(error: GraphQLError, code: str) -> dict[str, Any]:
    """Format an error that was found before execution; a code that it brought itself wins."""
    message = error.message
    if len(message) > MAX_MESSAGE:  # graphql-core repeats a bad literal whole, however long it is
        message = message[:MAX_MESSAGE] + "…"
    return {**error.formatted, "message": message, "extensions": {"code": code, **(error.extensions or {})}}


def format_field_error(error: GraphQLError, request_id: str) -> dict[str, Any]:
    """Format an error of a field: the domain's with its code and facts, the caller's, or our own.

    Of our own failures only the request's id goes out, by which the log has the rest.
    """
    if is_internal(error):
        message = "The service failed on this field."
        if request_id:
            message += f" Its log says why under request id {request_id}."
        return {**error.formatted, "message": message, "extensions": {"code": INTERNAL}}
    return format_error(error, BadUserInput.code)


def is_internal(error: GraphQLError) -> bool:
    """Whether a field's error is our failure rather than a refusal or a mistake of the caller.

    Coercing an argument names the node of the query that was wrong; completing a result never does.
    """
    causes = list(_causes(error))
    if not causes:  # graphql-core's own, such as a directive without its argument
        return False
    refused = any(isinstance(cause, FlowRunsError) for cause in causes)
    coded = any(isinstance(cause, GraphQLError) and "code" in (cause.extensions or {}) for cause in causes)
    named = any(isinstance(cause, GraphQLError) and cause.nodes for cause in causes)
    return not (refused or coded or named)


def is_unanswered(error: GraphQLError) -> bool:
    """Whether a field's error is that the service could not answer now: its cause is for the log alone."""
    return any(isinstance(cause, ApiError) for cause in _causes(error))


def origin(error: GraphQLError) -> BaseException:
    """Find the exception that a field's error started from: it has the traceback."""
    return [error, *_causes(error)][-1]


def _causes(error: GraphQLError) -> Iterator[BaseException]:
    """Walk through what lies under the error that execution located, outermost first."""
    cause: BaseException | None = error.original_error
    while cause is not None:
        yield cause
        cause = cause.original_error if isinstance(cause, GraphQLError) else None
