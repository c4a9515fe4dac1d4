"""Calls that move items, which are nearly all: one signed POST of JSON each.

Before it sends a call botocore looks into its model of the service, asks the handlers of a dozen events,
resolves the endpoint anew and writes down what it does, and again when it has the answer. Here the endpoint
is resolved once, and what is left is to serialise, sign, send and read. The credentials, the errors, all
other operations, and connections by way of a proxy, are botocore's own.
"""

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import NoCredentialsError
from botocore.hooks import first_non_none_response
from botocore.utils import get_environ_proxies

from storage.answers import read_answer
from storage.connections import Connections
from storage.signing import Scope, signed

_MOVE_ITEMS: Final = frozenset(
    {
        "GetItem",
        "BatchGetItem",
        "Query",
        "PutItem",
        "UpdateItem",
        "DeleteItem",
        "TransactWriteItems",
    }
)
_FIRST_ERROR: Final = 300


class ItemCalls:
    """The first base of a client of DynamoDB; `make_client` sets on it what the session has."""

    credentials: Any
    ca_bundle: str | None
    # Of botocore's client.
    meta: Any
    exceptions: Any
    _endpoint: Any
    _resolve_endpoint_ruleset: Any

    def _make_api_call(self, operation_name: str, api_params: dict[str, Any]) -> dict[str, Any]:
        if operation_name not in _MOVE_ITEMS:
            other: dict[str, Any] = super()._make_api_call(operation_name, api_params)  # type: ignore[misc]
            return other
        request = self._request(operation_name, _encode(api_params).encode())
        # Who listens may answer in the place of DynamoDB, as moto does.
        told = self.meta.events.emit(f"before-send.dynamodb.{operation_name}", request=request)
        http: Any = first_non_none_response(told) or self._send(request)
        answer = read_answer(http.status_code, http.headers, http.content)
        if http.status_code >= _FIRST_ERROR:
            raise self.exceptions.from_code(answer["Error"]["Code"])(answer, operation_name)
        return answer

    def _request(self, operation_name: str, body: bytes) -> Any:
        if self.credentials is None:
            raise NoCredentialsError
        headers = {
            "X-Amz-Target": f"DynamoDB_20120810.{operation_name}",
            "Content-Type": "application/x-amz-json-1.0",
        }
        scope, credentials = self._scope, self.credentials.get_frozen_credentials()
        headers = signed(scope, headers, body, credentials, datetime.now(UTC))
        headers["User-Agent"] = self.meta.config.user_agent
        prepared: Any = AWSPreparedRequest
        return prepared("POST", scope.url, headers, body, stream_output=False)

    @cached_property
    def _send(self) -> Callable[[Any], Any]:
        config, url = self.meta.config, self._scope.url
        if get_environ_proxies(url) if config.proxies is None else config.proxies:
            send: Callable[[Any], Any] = self._endpoint.http_session.send
            return send
        connections = Connections(
            url,
            connect_timeout=config.connect_timeout,
            read_timeout=config.read_timeout,
            ca_bundle=self.ca_bundle,
        )
        return lambda request: connections.post(request.headers, request.body)

    @cached_property
    def _scope(self) -> Scope:
        """The same for all items of an account in a region, so that it is resolved once."""
        context: dict[str, Any] = {
            "client_region": self.meta.region_name,
            "client_config": self.meta.config,
        }
        model = self.meta.service_model.operation_model("GetItem")
        url, _, _ = self._resolve_endpoint_ruleset(model, {}, context)
        signing = context.get("signing", {})
        region = signing.get("region", self.meta.region_name)
        url = url if urlsplit(url).path else f"{url}/"
        return Scope(url, region, signing.get("signing_name", self.meta.service_model.signing_name))


def _binary(value: bytes) -> str:
    return b64encode(value).decode()


_encode: Final = json.JSONEncoder(separators=(",", ":"), default=_binary).encode
