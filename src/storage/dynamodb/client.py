"""The client of DynamoDB: botocore's own, whose calls of items go a shorter way."""

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


def make_client(session: Session | None = None, **more: Any) -> Any:
    """Make a client whose only retries are ours: a lost answer must not be repeated behind our back.

    It is led by the environment, or by `more` arguments of botocore's `create_client`; its credentials are
    the session's, which should serve nothing else. It isn't boto3's: importing that would bring the transfer
    of files along.
    """
    session = session or Session()
    session.register("creating-client-class.dynamodb", _mix_in)
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
    client: Any = session.create_client("dynamodb", config=config, **more)
    client.credentials = session.get_credentials()
    # As botocore's own connections do.
    client.ca_bundle = session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE")
    return client


def _mix_in(**given: Any) -> None:
    given["base_classes"].insert(0, _ShortWay)


class _ShortWay:
    """The first base of a client; `make_client` sets on it what the session has."""

    credentials: Any
    ca_bundle: str | None
    # Of botocore's client.
    meta: Any
    _endpoint: Any
    _resolve_endpoint_ruleset: Any

    def _make_api_call(self, operation_name: str, api_params: dict[str, Any]) -> dict[str, Any]:
        if operation_name in _OPERATIONS:
            return self._item_calls.call(operation_name, api_params)
        other: dict[str, Any] = super()._make_api_call(operation_name, api_params)  # type: ignore[misc]
        return other

    @cached_property
    def _item_calls(self) -> ItemCalls:
        scope = self._scope()
        send, credentials = self._sender(scope.url), self.credentials
        return ItemCalls(
            scope, lambda: None if credentials is None else credentials.get_frozen_credentials(), send
        )

    def _sender(self, url: str) -> Send:
        """By way of a proxy, connections are botocore's."""
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
            # Who listens may answer in the place of DynamoDB, as moto does.
            told = self.meta.events.emit(f"before-send.dynamodb.{operation}", request=request)
            if (answer := first_non_none_response(told)) is not None:
                return answer
            return (
                connections.post(headers, body) if connections else self._endpoint.http_session.send(request)
            )

        return send

    def _scope(self) -> Scope:
        """The same for all items of an account in a region, so that it is resolved once."""
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
