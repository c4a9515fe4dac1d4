"""Events as API Gateway HTTP APIs send them (payload format 2.0), for the tests of the HTTP handler."""

import base64
import json
from typing import Any

REQUEST_ID = "JKJaXmPLvHcESHA="


def http_event(
    method: str = "POST",
    path: str = "/graphql",
    *,
    headers: dict[str, str] | None = None,
    query_string: str = "",
    body: str | bytes | None = None,
    stage: str = "$default",
) -> dict[str, Any]:
    """Return an event with all parts that API Gateway adds; a body of bytes is sent in base64."""
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query_string,
        "headers": {
            "accept-encoding": "identity",
            "host": "abcdefghij.execute-api.eu-central-1.amazonaws.com",
            "user-agent": "python-requests/2.31.0",
            "x-forwarded-for": "203.0.113.7",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
            **(headers or {}),
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abcdefghij",
            "domainName": "abcdefghij.execute-api.eu-central-1.amazonaws.com",
            "domainPrefix": "abcdefghij",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "python-requests/2.31.0",
            },
            "requestId": REQUEST_ID,
            "routeKey": "$default",
            "stage": stage,
            "time": "31/Jan/2026:08:00:00 +0000",
            "timeEpoch": 1769846400000,
        },
        "isBase64Encoded": isinstance(body, bytes),
    }
    if body is not None:
        event["body"] = base64.b64encode(body).decode() if isinstance(body, bytes) else body
    return event


def graphql_event(
    query: str, variables: Any = None, *, headers: dict[str, str] | None = None, **more: Any
) -> dict[str, Any]:
    """Return the event of a POST as Prefect Core sends it: with both keys, and any media type accepted."""
    body = json.dumps({"query": query, "variables": variables})
    return http_event(
        headers={"content-type": "application/json", "accept": "*/*", **(headers or {})}, body=body, **more
    )
