"""The calls that move items, which are nearly all calls: each is one signed POST of JSON.

For each call botocore looks into its model of the service, runs the handlers of a dozen events, resolves the
endpoint again and logs its steps, before the request and after the response. Here the endpoint is known, so a
call only serializes, signs, sends and reads.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http.client import HTTPMessage
from typing import Any, Final, Protocol

from botocore.exceptions import ClientError, NoCredentialsError

from storage.dynamodb.responses import FIRST_ERROR_STATUS, read_response
from storage.dynamodb.signing import Scope, signed

# By the names of their methods in botocore's client.
ITEM_OPERATIONS: Final[Mapping[str, str]] = {
    "get_item": "GetItem",
    "batch_get_item": "BatchGetItem",
    "query": "Query",
    "scan": "Scan",
    "put_item": "PutItem",
    "update_item": "UpdateItem",
    "delete_item": "DeleteItem",
    "transact_write_items": "TransactWriteItems",
}
USER_AGENT: Final = "flow-runs"


class HttpResponse(Protocol):
    """A response as our connections and botocore's both return it."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> HTTPMessage: ...
    @property
    def content(self) -> bytes: ...


# Sends a request, given the operation's name, the headers and the body.
Send = Callable[[str, Mapping[str, str], bytes], HttpResponse]


class ItemCalls:
    """The operations on items, with the arguments, results and errors of botocore's client.

    `credentials` returns the credentials of the moment, whose `token` may be None, or None if there are none.
    """

    def __init__(self, scope: Scope, credentials: Callable[[], Any], send: Send) -> None:
        self._scope, self._credentials, self._send = scope, credentials, send

    def call(self, operation: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Make a call, once. Raises ClientError, NoCredentialsError, and the errors of `send`."""
        body = _encode(arguments).encode()
        headers = {
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
            "Content-Type": "application/x-amz-json-1.0",
        }
        credentials = self._credentials()
        if credentials is None:
            raise NoCredentialsError
        headers = signed(self._scope, headers, body, credentials, datetime.now(UTC))
        headers["User-Agent"] = USER_AGENT
        http = self._send(operation, headers, body)
        response: Any = read_response(http.status_code, http.headers, http.content)
        if http.status_code >= FIRST_ERROR_STATUS:
            raise ClientError(response, operation)
        members: dict[str, Any] = response
        return members


def _base64(value: bytes) -> str:
    return b64encode(value).decode()


_encode: Final = json.JSONEncoder(separators=(",", ":"), default=_base64).encode
