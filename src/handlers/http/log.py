"""The log of the HTTP API: one line a request, never with a token, a body or a variable."""

import json
import logging
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any, Final

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from graphql import GraphQLError

from domain.access.api_keys import ends_soon
from domain.access.callers import Caller
from domain.errors import ClientLeft, cause_of, described
from domain.times import format_time
from graphql_api.errors import origin
from handlers.http.request import HttpRequest
from handlers.http.response import HttpResponse, ProxyResponse

# Made once, because `json.dumps` makes an encoder for each call that has options.
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str)
# The attribute of a record that has the facts of a line.
_FACTS: Final = "facts"


class LineFormatter(LambdaPowertoolsFormatter):
    """Powertools' format of a line, whose own formatter takes a tenth of a small request.

    It looks at each attribute of a record several times, and reads each message as JSON. Records without
    `facts`, with arguments, or with a traceback are left to it.
    """

    def append_keys(self, **additional_keys: Any) -> None:
        """Add keys to all lines. Those without a value are in no line."""
        super().append_keys(**_with_values(additional_keys))

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record, as JSON."""
        facts = getattr(record, _FACTS, None)
        if facts is None:
            return super().format(record)
        if record.exc_info or record.args:
            others = {name: value for name, value in vars(record).items() if name != _FACTS}
            return super().format(logging.makeLogRecord({**others, **facts}))
        line = {
            **self.log_format,
            "level": record.levelname,
            "location": f"{record.funcName}:{record.lineno}",
            "message": record.msg,
            "timestamp": self.formatTime(record),
            **facts,
        }
        trace = self._get_latest_trace_id()
        if trace is not None:
            line["xray_trace_id"] = trace
        return _ENCODER.encode(_with_values(line))


def _with_values(line: dict[str, Any]) -> dict[str, Any]:
    if None not in line.values():
        return line
    return {name: value for name, value in line.items() if value is not None}


@cache
def logger() -> Logger:
    """Return the process's logger; its level is POWERTOOLS_LOG_LEVEL."""
    return Logger(service="flow-runs-http-api", logger_formatter=LineFormatter())


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
    write("request", extra={_FACTS: facts})


def log_failure(request: HttpRequest, error: BaseException) -> None:
    """Write a failure of the service with its traceback, under the request id that the client got."""
    cause = origin(error) if isinstance(error, GraphQLError) else error
    path = ".".join(map(str, error.path or ())) if isinstance(error, GraphQLError) else ""
    logger().error(
        "request failed",
        exc_info=(type(cause), cause, cause.__traceback__),
        extra={_FACTS: {"request_id": request.id, "field": path}},
    )


def log_ending_key(request: HttpRequest, caller: Caller, now: datetime) -> None:
    """Write a warning if the key of a request ends soon. It is asked for once an hour and key."""
    if caller.expires_at is not None and ends_soon(caller.expires_at, now):
        facts = {
            "request_id": request.id,
            "key_id": caller.key_id,
            "key_name": caller.name,
            "expires_at": format_time(caller.expires_at),
        }
        logger().warning("API key ends soon", extra={_FACTS: facts})


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
        facts = {"request_id": request.id, "field": path, "cause": cause}
        logger().error("no answer", extra={_FACTS: facts})


def _codes(response: HttpResponse) -> list[str]:
    errors = response.value.get("errors", []) if isinstance(response.value, dict) else []
    return sorted({error["extensions"]["code"] for error in errors})
