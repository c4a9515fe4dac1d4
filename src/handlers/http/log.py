"""The log of the HTTP API: one line a request, never with a token, a body or a variable."""

from collections.abc import Iterable
from functools import cache

from aws_lambda_powertools.logging import Logger
from graphql import GraphQLError

from domain.errors import ClientLeft, cause_of, described
from graphql_api.errors import origin
from handlers.http.request import HttpRequest
from handlers.http.response import HttpResponse, ProxyResponse


@cache
def logger() -> Logger:
    """Return the process's logger; its level is POWERTOOLS_LOG_LEVEL."""
    return Logger(service="flow-runs-http-api")


def log_request(
    request: HttpRequest, response: HttpResponse, proxy_response: ProxyResponse, seconds: float
) -> None:
    """Write the line of a request, at level debug if it asked for no GraphQL."""
    outcome = response.outcome
    operation = outcome.operation if outcome else None
    facts = {
        "request_id": request.id,
        "method": request.method,
        "path": request.path[:200],
        "status": response.status,
        "duration_ms": round(seconds * 1000, 2),
        "response_length": len(proxy_response["body"]),
        "client_version": request.core_version or "",
        "errors": _codes(response),
        **response.cost,
    }
    if operation:
        facts["operation_type"] = operation.type
        facts["operation_name"] = (operation.name or "")[:100]
        facts["root_fields"] = [name[:100] for name in operation.root_fields[:10]]
    quiet = outcome is None and not facts["errors"]  # a health check or the welcome page
    write = logger().debug if quiet else logger().info
    write("request", extra=facts)


def log_failure(request: HttpRequest, error: BaseException) -> None:
    """Write a failure of the service with its traceback, under the request id that the client got."""
    cause = origin(error) if isinstance(error, GraphQLError) else error
    path = ".".join(map(str, error.path or ())) if isinstance(error, GraphQLError) else ""
    logger().error(
        "request failed",
        exc_info=(type(cause), cause, cause.__traceback__),
        extra={"request_id": request.id, "field": path},
    )


def log_unanswered(request: HttpRequest, errors: Iterable[BaseException]) -> None:
    """Write why the service could not answer, each cause once, under API Gateway's request id.

    The client is only asked to send the request again. That it has left is no cause to write.
    """
    causes: dict[str, str] = {}
    for error in errors:
        raised = origin(error) if isinstance(error, GraphQLError) else error
        if isinstance(raised, ClientLeft):
            continue
        path = ".".join(map(str, error.path or ())) if isinstance(error, GraphQLError) else ""
        causes.setdefault(described(cause_of(raised)), path)
    for cause, path in causes.items():
        logger().error("no answer", extra={"request_id": request.id, "field": path, "cause": cause})


def _codes(response: HttpResponse) -> list[str]:
    errors = response.value.get("errors", []) if isinstance(response.value, dict) else []
    return sorted({error["extensions"]["code"] for error in errors})
