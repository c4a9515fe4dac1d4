"""botocore's client of DynamoDB, as it is or with the calls of items made by our own module.

Its methods return `Any`, because botocore makes the class of a client at run time.
"""

import os
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest
from botocore.config import Config
from botocore.hooks import first_non_none_response
from botocore.session import Session
from botocore.utils import get_environ_proxies

from storage.dynamodb.connections import CONNECT_TIMEOUT, READ_TIMEOUT, Connections
from storage.dynamodb.item_calls import ITEM_OPERATIONS, USER_AGENT, ItemCalls, Send
from storage.dynamodb.signing import Scope

_OPERATIONS = frozenset(ITEM_OPERATIONS.values())


def plain_client(session: Session | None = None, **more: Any) -> Any:
    """Return botocore's own client without its retries, because only ours know what may be repeated.

    The environment configures it, or `more` arguments of botocore's `create_client`. It is botocore's and not
    boto3's, because importing boto3 brings its file transfers along.
    """
    config = Config(
        retries={"total_max_attempts": 1},
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        max_pool_connections=64,
        tcp_keepalive=True,
        parameter_validation=False,
        user_agent=USER_AGENT,
    )
    if given := more.pop("config", None):
        config = config.merge(given)
    return (session or Session()).create_client("dynamodb", config=config, **more)


def session_client(session: Session | None = None, **more: Any) -> Any:
    """Return botocore's client with the calls of items made by `ItemCalls`.

    Its credentials are the session's, so the session should serve nothing else.
    """
    session = session or Session()
    session.register("creating-client-class.dynamodb", _mix_in)
    client = plain_client(session, **more)
    client.credentials = session.get_credentials()
    # The certificates that botocore's own connections take.
    client.ca_bundle = session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE")
    return client


def _mix_in(**given: Any) -> None:
    given["base_classes"].insert(0, _DirectItemCalls)


class _DirectItemCalls:
    """The first base class of a client; `session_client` sets what the session knows.

    It uses three private names of botocore's client: `_make_api_call`, which it overrides, `_endpoint` and
    `_resolve_endpoint_ruleset`.
    """

    credentials: Any
    ca_bundle: str | None
    # Attributes of botocore's client.
    meta: Any
    _endpoint: Any
    _resolve_endpoint_ruleset: Any

    def _make_api_call(self, operation_name: str, api_params: dict[str, Any]) -> dict[str, Any]:
        if operation_name in _OPERATIONS:
            return self._item_calls.call(operation_name, api_params)
        response: dict[str, Any] = super()._make_api_call(operation_name, api_params)  # type: ignore[misc]
        return response

    @cached_property
    def _item_calls(self) -> ItemCalls:
        scope = self._scope()
        send, credentials = self._sender(scope.url), self.credentials
        return ItemCalls(
            scope, lambda: None if credentials is None else credentials.get_frozen_credentials(), send
        )

    def _sender(self, url: str) -> Send:
        """Return the function that sends. Behind a proxy it uses botocore's connections."""
        config, prepared = self.meta.config, AWSPreparedRequest
        connections = None
        if not (get_environ_proxies(url) if config.proxies is None else config.proxies):
            connections = Connections(
                url,
                connect_timeout=config.connect_timeout,
                read_timeout=config.read_timeout,
                ca_bundle=self.ca_bundle,
            )

        def send(operation: str, headers: Any, body: bytes) -> Any:
            request = prepared("POST", url, headers, body, stream_output=False)
            # A handler of this event may respond in place of DynamoDB, as moto does.
            responses = self.meta.events.emit(f"before-send.dynamodb.{operation}", request=request)
            if (response := first_non_none_response(responses)) is not None:
                return response
            return (
                connections.post(headers, body) if connections else self._endpoint.http_session.send(request)
            )

        return send

    def _scope(self) -> Scope:
        """Return the scope of all calls, which is resolved once: an account has one endpoint in a region."""
        context: dict[str, Any] = {
            "client_region": self.meta.region_name,
            "client_config": self.meta.config,
        }
        model = self.meta.service_model.operation_model("GetItem")
        url, _, _ = self._resolve_endpoint_ruleset(model, {}, context)
        url = url if urlsplit(url).path else f"{url}/"
        signing = context.get("signing", {})
        region = signing.get("region", self.meta.region_name)
        return Scope(url, region, signing.get("signing_name", self.meta.service_model.signing_name))
