"""GraphQL errors as clients get them: a message, its place in the document, a stable `extensions.code`."""

import re
from collections.abc import Iterator
from typing import Any, Final

from graphql import GraphQLError, GraphQLSyntaxError

from domain.errors import (
    ApiError,
    BadUserInput,
    ClientLeft,
    FlowRunsError,
    PayloadTooLarge,
    TooMuchWork,
    without_frames,
)

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
INTERNAL = FlowRunsError.code
MAX_ERROR_MESSAGE = 2_000
# A text of the document at which a syntax error was found.
_QUOTED_TEXT: Final = re.compile(r"((?:found|Unexpected) (?:Block)?String)\b.*\Z", re.DOTALL)
# What graphql-core says of a value; a field's name and suggestions may stand before it.
_FOUND_VALUE: Final = re.compile(r"(?:[,;] found|(?<=\?) Found): .*\Z", re.DOTALL)
_UNFIT_VALUE: Final = re.compile(r"(cannot represent .{1,40} value): .*\Z", re.DOTALL)
# Types whose values are no secrets, and values of theirs that are short and stand alone.
_SHOWN_VALUE: Final = re.compile(
    r"(?:type '(?:UUID|uuid|Int|Float|Boolean|DateTime|timestamptz)!?', found|"
    r"\b(?:Int|Float|Boolean) cannot represent .{1,40} value): [^\n{\[]{1,80}\Z"
)


class BadScalar(ValueError):
    """The reason why a value is none of a scalar's. graphql-core quotes it in a message of its own."""


def format_error(error: GraphQLError, code: str) -> dict[str, Any]:
    """Return an error in its form in a response. `code` is for an error without a code of its own."""
    message = _message(error)
    if len(message) > MAX_ERROR_MESSAGE:  # graphql-core repeats a bad literal of any length
        message = message[:MAX_ERROR_MESSAGE] + "…"
    return {**error.formatted, "message": message, "extensions": {"code": code, **(error.extensions or {})}}


def _message(error: GraphQLError) -> str:
    """Return the message of an error without what graphql-core quotes in it.

    An exception of Python gives advice to programmers, and none to callers; reasons of our own stay. A value
    that was found may be a secret, or have one beside a misspelt name; numbers, ids, times and enum values
    that are short stay.
    """
    cause = origin(error)
    if isinstance(cause, FlowRunsError):
        return error.message
    if isinstance(error, GraphQLSyntaxError):
        return _QUOTED_TEXT.sub(r"\1.", error.message)
    before, encountered, _ = error.message.partition(f", but encountered error '{cause}'; found")
    if encountered and isinstance(cause, BadScalar):
        return f"{before}: {cause}"
    message = error.message.replace(encountered, ", found") if encountered else error.message
    if _SHOWN_VALUE.search(message):
        return message
    return _UNFIT_VALUE.sub(r"\1.", _FOUND_VALUE.sub("" if "? Found: " in message else ".", message))


def format_field_error(error: GraphQLError, request_id: str) -> dict[str, Any]:
    """Return an error of a field in its form in a response.

    A refusal keeps its code and facts. A failure of the service shows only the request's id, because the log
    has the rest under this id.
    """
    if is_internal(error):
        message = "The service failed on this field."
        if request_id:
            message += f" Its log says why under request id {request_id}."
        return {**error.formatted, "message": message, "extensions": {"code": INTERNAL}}
    return format_error(error, BadUserInput.code)


def is_internal(error: GraphQLError) -> bool:
    """Return True if a field's error is a failure of the service, not a refusal or a mistake of the caller.

    An error of an argument's coercion names the wrong node of the query; an error of a result never does.
    """
    causes = list(_causes(error))
    if not causes:  # an error of graphql-core, such as a directive without its argument
        return False
    refused = any(isinstance(cause, FlowRunsError) for cause in causes)
    coded = any(isinstance(cause, GraphQLError) and "code" in (cause.extensions or {}) for cause in causes)
    named = any(isinstance(cause, GraphQLError) and cause.nodes for cause in causes)
    return not (refused or coded or named)


def is_unanswered(error: GraphQLError) -> bool:
    """Return True if the service could not execute a field now. Only the log shows the cause."""
    return any(isinstance(cause, ApiError) for cause in _causes(error))


def ends_query(error: Exception) -> bool:
    """Return True for an error after which the rest of a query is not worth trying: each field would fail."""
    return any(isinstance(cause, TooMuchWork | PayloadTooLarge | ClientLeft) for cause in _with_causes(error))


def forget_frames(error: Exception) -> None:
    """Take the frames from a refusal, so that the values it is about do not live until the response is sent.

    A failure of the service keeps them for the log.
    """
    causes = _with_causes(error)
    if any(isinstance(cause, FlowRunsError) for cause in causes):
        for cause in causes:
            without_frames(cause)


def origin(error: GraphQLError) -> BaseException:
    """Return the exception from which a field's error started, because it has the traceback."""
    return _with_causes(error)[-1]


def _with_causes(error: Exception) -> list[BaseException]:
    """Return an error and, if it is a located one, the exceptions that it wraps."""
    return [error, *(_causes(error) if isinstance(error, GraphQLError) else ())]


def _causes(error: GraphQLError) -> Iterator[BaseException]:
    """Yield the exceptions that the located error wraps, outermost first."""
    cause: BaseException | None = error.original_error
    while cause is not None:
        yield cause
        cause = cause.original_error if isinstance(cause, GraphQLError) else None
