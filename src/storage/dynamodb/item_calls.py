"""The calls that move items, which are nearly all calls: each is one signed POST of JSON.

For each call botocore looks into its model of the service, runs the handlers of a dozen events, resolves the
endpoint again and logs its steps, before the request and after the response. Here the endpoint is known, so a
call only serializes, signs, sends and reads.
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from storage.dynamodb.connections import Connections
from storage.dynamodb.expectations import check_response
from storage.dynamodb.responses import SUCCESS, read_response
from storage.dynamodb.signing import SigningScope, signed

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


class ItemCalls:
    """The operations on items, with the arguments, results and errors of botocore's client.

    The `token` of the credentials may be None.
    """

    def __init__(self, scope: SigningScope, credentials: Any, connections: Connections) -> None:
        self._scope, self._credentials, self._connections = scope, credentials, connections

    def call(self, operation: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Make a call, once.

        Raises ClientError for a refusal, HTTPClientError and ChecksumError for a response that is not
        DynamoDB's to this call, and the errors of the connections.
        """
        body = _encode(arguments).encode()
        headers = {
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
            "Content-Type": "application/x-amz-json-1.0",
        }
        headers = signed(self._scope, headers, body, self._credentials, datetime.now(UTC))
        headers["User-Agent"] = USER_AGENT
        http = self._connections.post(headers, body)
        response: Any = read_response(http.status_code, http.headers, http.content)
        if http.status_code != SUCCESS:
            raise ClientError(response, operation)
        check_response(operation, arguments, response)
        members: dict[str, Any] = response
        return members


def _base64(value: bytes) -> str:
    return b64encode(value).decode()


_encode: Final = json.JSONEncoder(separators=(",", ":"), default=_base64).encode
