"""GraphQL requests as API Gateway hands them to the function: events of an HTTP API, payload format 2.0."""

import json
from typing import Any, Final

REQUEST_ID: Final = "JKJaXmPLv01VGzCi="


def graphql_event(
    query: str, variables: dict[str, Any], *, from_core: bool = False, accept_encoding: str = "gzip, deflate"
) -> dict[str, Any]:
    """Return the event of a POST of a document.

    `from_core` makes the request one of Prefect Core 1.4.1: Core posts to `/`, names its release in a header,
    and sends the variables as a string of JSON.
    """
    body = {"query": query, "variables": json.dumps(variables) if from_core else variables}
    path = "/" if from_core else "/graphql"
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {
            "accept": "*/*",
            "accept-encoding": accept_encoding,
            "content-type": "application/json",
            "host": "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",
            "user-agent": "python-requests/2.32.3",
            "x-forwarded-for": "192.0.2.10",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
            **({"x-prefect-core-version": "1.4.1"} if from_core else {}),
        },
        "requestContext": {
            "http": {"method": "POST", "path": path, "protocol": "HTTP/1.1"},
            "requestId": REQUEST_ID,
            "stage": "$default",
        },
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }
