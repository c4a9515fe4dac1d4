"""HTTP responses, made of the results of a Lambda function as API Gateway makes them."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any

# Lambda refuses a synchronous response whose JSON is longer, and API Gateway then responds with 500.
LAMBDA_RESPONSE_LIMIT = 6 * 1024 * 1024 + 100

# These headers frame the message, which API Gateway does by itself.
_NOT_PASSED_ON = frozenset(
    {"connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Of the responses that no function made. Here they have a header more than on AWS, which browsers obey.
_OWN_HEADERS = (("content-type", "application/json"), ("x-content-type-options", "nosniff"))
_STATUSES = range(200, 600)
_LONGEST_ESCAPE = 6  # the most bytes of JSON for one byte of text


class BadResultError(Exception):
    """API Gateway cannot turn the result of the function into a response."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """One response: its status, its headers in order (names may repeat), and its body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def error_response(status: int, message: str) -> HttpResponse:
    """Return an error response as API Gateway makes it by itself, without the function."""
    return HttpResponse(status, list(_OWN_HEADERS), json.dumps({"message": message}).encode())


def refused(status: int, code: str, message: str) -> HttpResponse:
    """Return a refusal of this server in the form of the handler's errors, which clients know."""
    body = {"errors": [{"message": message, "extensions": {"code": code}}]}
    return HttpResponse(status, list(_OWN_HEADERS), json.dumps(body).encode())


def to_http(result: Any) -> HttpResponse:
    """Return the response for the result of a function. Raises BadResultError.

    A result without `statusCode` becomes the body of a 200: a text as it is, anything else as JSON.
    """
    if not (isinstance(result, dict) and "statusCode" in result):
        text = result if isinstance(result, str) else _json(result)
        return HttpResponse(200, [("content-type", "application/json")], text.encode())
    body = result.get("body")
    if not isinstance(body, str | None):
        raise BadResultError(f"body is of type {type(body).__name__}, not str")
    if body is not None and len(body) * _LONGEST_ESCAPE > LAMBDA_RESPONSE_LIMIT:
        _require_size(result)
    headers = [(name, _text(value)) for name, value in (result.get("headers") or {}).items()]
    headers = [header for header in headers if header[0].lower() not in _NOT_PASSED_ON]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("content-type", "text/plain;charset=UTF-8"))
    headers += [("set-cookie", _text(cookie)) for cookie in result.get("cookies") or []]
    _require_valid(headers)
    return HttpResponse(
        _status(result["statusCode"]), headers, _decoded(body or "", result.get("isBase64Encoded"))
    )


def _json(value: Any) -> str:
    try:
        return json.dumps(value)
    except (TypeError, ValueError) as error:
        raise BadResultError(f"the result is not JSON: {error}") from error


def _require_size(result: dict[str, Any]) -> None:
    size = len(json.dumps(result, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    if size > LAMBDA_RESPONSE_LIMIT:
        raise BadResultError(
            f"the result's {size} bytes of JSON exceed Lambda's limit of {LAMBDA_RESPONSE_LIMIT}"
        )


def _require_valid(headers: list[tuple[str, str]]) -> None:
    for name, value in headers:
        if not _HEADER_NAME.fullmatch(name) or "\r" in value or "\n" in value or "\0" in value:
            raise BadResultError(f"the header {name!r}: {value!r} cannot be sent")
        try:
            value.encode("latin-1")
        except UnicodeEncodeError as error:
            raise BadResultError(f"the header {name!r}: {value!r} cannot be sent") from error


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _status(value: Any) -> int:
    try:
        status = int(value)
    except (TypeError, ValueError):
        status = 0
    if status not in _STATUSES:
        raise BadResultError(f"statusCode is {value!r}")
    return status


def _decoded(body: str, is_base64: Any) -> bytes:
    try:
        return base64.b64decode(body, validate=True) if is_base64 else body.encode("utf-8")
    except (binascii.Error, ValueError) as error:
        raise BadResultError(f"the body cannot be decoded: {error}") from error
