"""Events of API Gateway's HTTP API (payload format 2.0), made of WSGI requests."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

# API Gateway delivers bodies of these types as text, and all others in base64: also forms, and bodies without
# a type.
_TEXT_TYPES = frozenset({"application/json", "application/javascript", "application/xml"})

# The most bytes of a body that becomes text with other characters than ASCII. One emoji makes four bytes of
# each byte of such a text, and every request that waits for its turn keeps its event.
_MOST_AS_TEXT = 256 * 1024

_API_ID = "local"
_ACCOUNT_ID = "000000000000"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def build_event(environ: Mapping[str, Any], body: bytes, *, request_id: str, now: datetime) -> dict[str, Any]:
    """Return the event of one request, without the keys that API Gateway leaves out when they are empty."""
    headers = _headers(environ)
    cookies = _cookies(headers.pop("cookie", ""))
    path = str(environ["PATH_INFO"]).encode("latin-1").decode("utf-8", "replace") or "/"
    query = environ.get("QUERY_STRING", "")
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": _request_context(environ, headers, path, request_id, now),
    }
    if cookies:
        event["cookies"] = cookies
    if query:
        event["queryStringParameters"] = _query_parameters(query)
    return event | _body(headers, body)


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers by their lower-case names; the server has joined repeated headers with commas."""
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_") or (name in {"CONTENT_TYPE", "CONTENT_LENGTH"} and value != "")
    }
    forwarded = headers.get("x-forwarded-for")
    sender = str(environ["REMOTE_ADDR"])
    headers["x-forwarded-for"] = f"{forwarded}, {sender}" if forwarded else sender
    headers["x-forwarded-port"] = str(environ["SERVER_PORT"])
    headers["x-forwarded-proto"] = str(environ["wsgi.url_scheme"])
    return headers


def _cookies(header: str) -> list[str]:
    return [cookie for cookie in (part.strip() for part in header.split(";")) if cookie]


def _query_parameters(query: str) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _request_context(
    environ: Mapping[str, Any], headers: Mapping[str, str], path: str, request_id: str, now: datetime
) -> dict[str, Any]:
    domain = _without_port(headers.get("host") or str(environ["SERVER_NAME"]))
    return {
        "accountId": _ACCOUNT_ID,
        "apiId": _API_ID,
        "domainName": domain,
        "domainPrefix": domain.split(".")[0],
        "http": {
            "method": environ["REQUEST_METHOD"],
            "path": path,
            "protocol": environ["SERVER_PROTOCOL"],
            "sourceIp": environ["REMOTE_ADDR"],
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": request_id,
        "routeKey": "$default",
        "stage": "$default",
        # Not by strftime, because it names the month in the language of the machine.
        "time": f"{now:%d}/{_MONTHS[now.month - 1]}/{now:%Y:%H:%M:%S} +0000",
        "timeEpoch": int(now.timestamp() * 1000),
    }


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() else host


def _body(headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    if not body:
        return {"isBase64Encoded": False}
    if _is_text(headers) and (len(body) <= _MOST_AS_TEXT or body.isascii()):
        try:
            return {"body": body.decode("utf-8"), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass  # base64 keeps every byte, so that the handler can name the fault
    return {"body": base64.b64encode(body).decode("ascii"), "isBase64Encoded": True}


def _is_text(headers: Mapping[str, str]) -> bool:
    if headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        return False
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type.startswith("text/") or media_type in _TEXT_TYPES
