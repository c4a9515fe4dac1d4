"""A client of DynamoDB for an environment that names region, endpoint and credentials, as a function's does.

botocore's session looks for them in a dozen places. Importing it and making a client takes a fifth of a cold
start. This client leaves to botocore's whatever it does not know for sure, and the operations that are rare.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from storage.dynamodb.connections import Connections
from storage.dynamodb.item_calls import ITEM_OPERATIONS, ItemCalls
from storage.dynamodb.retries import LONGEST_CALL
from storage.dynamodb.signing import SigningScope

# The operations on items and those on tables that a start needs. Timestamps in their responses stay numbers,
# which botocore would make datetimes.
_OPERATIONS: Final = {
    **ITEM_OPERATIONS,
    "create_table": "CreateTable",
    "describe_table": "DescribeTable",
    "describe_time_to_live": "DescribeTimeToLive",
    "list_tables": "ListTables",
    "update_time_to_live": "UpdateTimeToLive",
}
# The first parts of regions in the partition `aws`. Other partitions have other domains.
_CONTINENTS: Final = ("us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx")
_OTHER_PARTITIONS: Final = ("us-gov", "us-iso", "eu-iso")
# botocore signs other paths, and other spellings of hosts, by rules that are not ours.
_PLAIN_URL: Final = re.compile(
    r"https?://(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?/?"
)
# Variables with which botocore looks in another place, or connects in another way.
_LEFT_TO_BOTOCORE: Final = (
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
class StaticCredentials:
    """The credentials of an environment, valid as long as its process lives."""

    access_key: str
    secret_key: str
    token: str | None


class QuickClient:
    """A client with the methods of botocore's client, which `make_other` makes when it is first needed."""

    def __init__(
        self,
        scope: SigningScope,
        credentials: StaticCredentials,
        connections: Connections,
        make_other: Callable[[], Any],
    ) -> None:
        self._connections = connections
        self._calls = ItemCalls(scope, credentials, connections)
        self._make_other = make_other

    def __getattr__(self, name: str) -> Any:
        """Return the method of an operation, and keep it for the next time."""
        operation = _OPERATIONS.get(name)
        if operation is None:
            return getattr(self._other, name)
        call = self._calls.call

        def method(**arguments: Any) -> dict[str, Any]:
            return call(operation, arguments)

        setattr(self, name, method)
        return method

    def close(self) -> None:
        """Close the idle connections."""
        self._connections.close()

    @cached_property
    def _other(self) -> Any:
        return self._make_other()


def quick_client(environ: Mapping[str, str], make_other: Callable[[], Any]) -> QuickClient | None:
    """Return a client if the environment names region, endpoint and credentials, None if botocore must look.

    AWS_ENDPOINT_URL_DYNAMODB names the endpoint, or it follows from the region of a function. Raises
    BadUserInput if the certificates that the environment names cannot be used.
    """
    known = [environ.get(name) for name in ("AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")]
    region, access_key, secret_key = known
    if not region or not access_key or not secret_key:
        return None
    if any(environ.get(name) for name in _LEFT_TO_BOTOCORE):
        return None
    url = environ.get("AWS_ENDPOINT_URL_DYNAMODB")
    if not url and "AWS_LAMBDA_FUNCTION_NAME" in environ and "AWS_ENDPOINT_URL" not in environ:
        url = _endpoint_url(region)
    if not url or not _is_plain(url):
        return None
    credentials = StaticCredentials(access_key, secret_key, environ.get("AWS_SESSION_TOKEN") or None)
    ca_bundle = environ.get("AWS_CA_BUNDLE") or environ.get("REQUESTS_CA_BUNDLE")
    connections = Connections(url, timeout=LONGEST_CALL, ca_bundle=ca_bundle)
    return QuickClient(SigningScope(url, region, "dynamodb"), credentials, connections, make_other)


def _is_plain(url: str) -> bool:
    """Return True for an endpoint of which only host and port are said, so that its path is "/"."""
    found = _PLAIN_URL.fullmatch(url)
    return found is not None and 0 < int(found["port"] or 80) < 65536  # noqa: PLR2004


def _endpoint_url(region: str) -> str | None:
    if region.startswith(_OTHER_PARTITIONS) or region.partition("-")[0] not in _CONTINENTS:
        return None
    return f"https://dynamodb.{region}.amazonaws.com/"
