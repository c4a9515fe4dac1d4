"""A client of DynamoDB for a place that the environment names whole, as it does in a function.

botocore's session looks for region, endpoint and credentials in a dozen places; to import it and make a
client takes a fifth of a cold start. Whatever this does not know for sure is left to it, and so are the
operations that nobody waits for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from storage.dynamodb.connections import CONNECT_TIMEOUT, READ_TIMEOUT, Connections
from storage.dynamodb.item_calls import ITEM_OPERATIONS, ItemCalls
from storage.dynamodb.signing import Scope

# Beside those of items what a start needs; times in these answers stay numbers.
_OPERATIONS: Final = {
    **ITEM_OPERATIONS,
    "create_table": "CreateTable",
    "describe_table": "DescribeTable",
    "describe_time_to_live": "DescribeTimeToLive",
    "list_tables": "ListTables",
    "update_time_to_live": "UpdateTimeToLive",
}
# The partition `aws`; all others have other domains.
_CONTINENTS: Final = ("us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx")
_OTHER_PARTITIONS: Final = ("us-gov", "us-iso", "eu-iso")
# What makes botocore look elsewhere, or in another way.
_MORE: Final = (
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "https_proxy",
    "http_proxy",
)


@dataclass(frozen=True, slots=True)
class Keys:
    """Credentials as an environment has them, for as long as its process lives."""

    access_key: str
    secret_key: str
    token: str | None


class QuickClient:
    """Has the methods of botocore's client; `other` makes that one when it is first needed."""

    def __init__(self, scope: Scope, keys: Keys, ca_bundle: str | None, other: Callable[[], Any]) -> None:
        self._connections = connections = Connections(
            scope.url,
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            ca_bundle=ca_bundle,
        )
        self._calls = ItemCalls(scope, lambda: keys, lambda _, headers, body: connections.post(headers, body))
        self._make_other = other

    def __getattr__(self, name: str) -> Any:
        """Find what was not asked for before, and keep it."""
        operation = _OPERATIONS.get(name)
        if operation is None:
            return getattr(self._other, name)
        call = self._calls.call

        def method(**arguments: Any) -> dict[str, Any]:
            return call(operation, arguments)

        setattr(self, name, method)
        return method

    @cached_property
    def _other(self) -> Any:
        return self._make_other()


def quick_client(environ: Mapping[str, str], other: Callable[[], Any]) -> QuickClient | None:
    """Make one if the environment names region, endpoint and credentials; None where botocore should look.

    The endpoint is named by AWS_ENDPOINT_URL_DYNAMODB, or follows from the region of a function.
    """
    known = [environ.get(name) for name in ("AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")]
    region, access_key, secret_key = known
    if not region or not access_key or not secret_key or any(environ.get(name) for name in _MORE):
        return None
    url = environ.get("AWS_ENDPOINT_URL_DYNAMODB")
    if not url and "AWS_LAMBDA_FUNCTION_NAME" in environ and "AWS_ENDPOINT_URL" not in environ:
        url = _endpoint(region)
    if not url:
        return None
    keys = Keys(access_key, secret_key, environ.get("AWS_SESSION_TOKEN") or None)
    ca_bundle = environ.get("AWS_CA_BUNDLE") or environ.get("REQUESTS_CA_BUNDLE")
    return QuickClient(Scope(url, region, "dynamodb"), keys, ca_bundle, other)


def _endpoint(region: str) -> str | None:
    if region.startswith(_OTHER_PARTITIONS) or region.partition("-")[0] not in _CONTINENTS:
        return None
    return f"https://dynamodb.{region}.amazonaws.com/"
