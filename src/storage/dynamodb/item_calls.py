"""Calls that move items, which are nearly all: one signed POST of JSON each.

Before it sends a call botocore looks into its model of the service, asks the handlers of a dozen events,
resolves the endpoint anew and writes down what it does, and again when it has the answer. Here the endpoint
is known, and what is left is to serialise, sign, send and read.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http.client import HTTPMessage
from typing import Any, Final, Protocol

from botocore.exceptions import ClientError, NoCredentialsError

from storage.dynamodb.answers import read_answer
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
_FIRST_ERROR: Final = 300


class Answer(Protocol):
    """What came back."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> HTTPMessage: ...
    @property
    def content(self) -> bytes: ...


# Takes the operation's name, headers and body.
Send = Callable[[str, Mapping[str, str], bytes], Answer]


class ItemCalls:
    """The operations on items, with the arguments, answers and errors of botocore's client.

    `credentials` answers those of the moment, with a session's `token` or None; or None for nobody's.
    """

    def __init__(self, scope: Scope, credentials: Callable[[], Any], send: Send) -> None:
        self._scope, self._credentials, self._send = scope, credentials, send

    def call(self, operation: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Make a call, once. Raises ClientError, NoCredentialsError, and what `send` raises."""
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
        answer: Any = read_answer(http.status_code, http.headers, http.content)
        if http.status_code >= _FIRST_ERROR:
            raise ClientError(answer, operation)
        made: dict[str, Any] = answer
        return made


def _binary(value: bytes) -> str:
    return b64encode(value).decode()


_encode: Final = json.JSONEncoder(separators=(",", ":"), default=_binary).encode
