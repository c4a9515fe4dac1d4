"""API Gateway's part: a WSGI application around a Lambda handler."""

from __future__ import annotations

import importlib
import sys
import traceback
import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from local_server.errors import StartError
from local_server.events import build_event
from local_server.lambda_context import LambdaContext
from local_server.responses import HttpResponse, error_response, to_http

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    Handler = Callable[[dict[str, Any], LambdaContext], Any]

# Bytes of a request's body that API Gateway takes.
BODY_LIMIT = 10 * 1024 * 1024


def load_handler(name: str) -> Handler:
    """Import a handler by its `module:function` name. Raises StartError."""
    module_name, _, function_name = name.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name != module_name:
            raise  # a fault in the handler, whose traceback its author needs
        raise StartError(f"HANDLER={name} cannot be loaded: {error}.") from error
    handler: Handler | None = getattr(module, function_name, None)
    if handler is None:
        raise StartError(f"HANDLER={name} cannot be loaded: {module_name} has no {function_name!r}.")
    return handler


def gateway(handler: Handler) -> WSGIApplication:
    """Make the WSGI application that invokes the handler for each request, by any number of threads."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        request_id = str(uuid.uuid4())
        response = _respond(handler, environ, request_id)
        headers = [
            *response.headers,
            ("apigw-requestid", request_id),
            ("content-length", str(len(response.body))),
        ]
        start_response(_status_line(response.status), headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [response.body]

    return application


def _respond(handler: Handler, environ: WSGIEnvironment, request_id: str) -> HttpResponse:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > BODY_LIMIT:
        return error_response(413, "Request Entity Too Large")
    event = build_event(
        environ, environ["wsgi.input"].read(length), request_id=request_id, now=datetime.now(UTC)
    )
    # As in Lambda, whatever leaves the function costs its caller a 500 and nobody else anything.
    try:
        return to_http(handler(event, LambdaContext(aws_request_id=request_id)))
    except Exception:  # noqa: BLE001
        print(f"Request {request_id} failed:\n{traceback.format_exc()}", end="", file=sys.stderr, flush=True)  # noqa: T201
        return error_response(500, "Internal Server Error")


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"
