"""The part of API Gateway: a WSGI application around a Lambda handler."""

from __future__ import annotations

import importlib
import sys
import traceback
import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from local_server import callers
from local_server.errors import StartError
from local_server.events import build_event
from local_server.lambda_context import LambdaContext
from local_server.responses import HttpResponse, error_response, refused, to_http

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    Handler = Callable[[dict[str, Any], LambdaContext], Any]

# The most bytes that API Gateway accepts in the body of a request.
BODY_LIMIT = 10 * 1024 * 1024


def load_handler(name: str) -> Handler:
    """Import a handler by its `module:function` name. Raises StartError."""
    module_name, _, function_name = name.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name != module_name:
            raise  # a fault inside the handler; its author needs the traceback
        raise StartError(f"HANDLER={name} cannot be loaded: {error}.") from error
    handler: Handler | None = getattr(module, function_name, None)
    if handler is None:
        raise StartError(f"HANDLER={name} cannot be loaded: {module_name} has no {function_name!r}.")
    return handler


def gateway(handler: Handler, timeout: float, names: frozenset[str] = frozenset()) -> WSGIApplication:
    """Return a WSGI application that invokes the handler for each request; any number of threads may call it.

    The handler is told that Lambda ends a call after `timeout` seconds. `names` are hosts by which this
    server may be called besides its addresses and localhost; the handler sees no other request.
    """

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        request_id = str(uuid.uuid4())
        context = LambdaContext(
            aws_request_id=request_id,
            timeout=timeout,
            client_has_left=environ.get("waitress.client_disconnected", _never),
        )
        foreign = callers.refusal(environ, names)
        if foreign is None:
            response = _respond(handler, environ, context)
        else:
            response = refused(foreign.status, foreign.code, foreign.message)
        headers = [
            *response.headers,
            ("apigw-requestid", request_id),
            ("content-length", str(len(response.body))),
        ]
        start_response(_status_line(response.status), headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [response.body]

    return application


def _never() -> bool:
    return False


def _respond(handler: Handler, environ: WSGIEnvironment, context: LambdaContext) -> HttpResponse:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > BODY_LIMIT:
        return error_response(413, "Request Entity Too Large")
    # Only the event keeps the body while the request waits.
    event = build_event(
        environ, environ["wsgi.input"].read(length), request_id=context.aws_request_id, now=datetime.now(UTC)
    )
    # As on Lambda, an exception of the handler is a 500 for its caller, and disturbs no other request.
    try:
        return to_http(handler(event, context))
    except Exception:  # noqa: BLE001
        text = f"Request {context.aws_request_id} failed:\n{traceback.format_exc()}"
        print(text, end="", file=sys.stderr, flush=True)  # noqa: T201
        return error_response(500, "Internal Server Error")


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"


def warm_up(handler: Handler, timeout: float) -> None:
    """Call the handler's health check, so that all modules are loaded. Raises StartError."""
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/health",
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "0",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
    }
    event = build_event(environ, b"", request_id="start", now=datetime.now(UTC))
    result: Any = handler(event, LambdaContext(aws_request_id="start", timeout=timeout))
    if not isinstance(result, dict) or result.get("statusCode") != 200:  # noqa: PLR2004
        raise StartError(f"The handler is not healthy: it returned {result!r}.")
