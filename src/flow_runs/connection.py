"""The base of every group of calls: a connection to one service, which is asked by GraphQL."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx

from flow_runs.endpoint import bearer_token, graphql_url, named_tenant
from flow_runs.retries import RetryPolicy
from flow_runs.transport import Transport


class Connection:
    """A connection to one service. Safe to share between threads; close it, or use it in a `with`."""

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        timeout: float = 30.0,
        retries: int | RetryPolicy = 4,
        *,
        tenant_id: str | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Connect to `url`, else to FLOW_RUNS_URL, else to http://127.0.0.1:4200.

        The address may end in `/graphql` or not.

        `token` is sent as a bearer token; without it FLOW_RUNS_TOKEN is sent, if it is set. `timeout` is in
        seconds and holds for one attempt. `retries` is the number of attempts after the first, or a policy.
        `tenant_id` is the tenant for which requests are; without it that of FLOW_RUNS_TENANT, else the one of
        the token. `transport` replaces the network in tests. Raises ConfigurationError.
        """
        self._policy = retries if isinstance(retries, RetryPolicy) else RetryPolicy(retries=retries)
        self._transport = Transport(
            graphql_url(url),
            bearer_token(token),
            timeout,
            self._policy,
            transport,
            tenant_id=named_tenant(tenant_id),
        )

    @property
    def url(self) -> str:
        """The address to which requests are sent."""
        return str(self._transport.url)

    def graphql(
        self, query: str, variables: Mapping[str, Any] | None = None, *, idempotent: bool = False
    ) -> dict[str, Any]:
        """Send any GraphQL operation, and return its `data`. Raise the first of its errors.

        The operation is repeated after a failure only if it cannot be carried out twice then, or if you say
        that it is `idempotent`.
        """
        return self._transport.execute(query, variables, idempotent=idempotent)

    def close(self) -> None:
        """Close the connections. The client cannot be used afterwards."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(url={self.url!r})"

    def _read(self, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Send a query. It may always be repeated, because it changes nothing."""
        return self._transport.execute(document, variables, idempotent=True)

    def _change(self, document: str, inputs: Mapping[str, Any], *, idempotent: bool) -> dict[str, Any]:
        """Send a mutation of one `input`, and return its payload."""
        data = self._transport.execute(document, {"input": inputs}, idempotent=idempotent)
        payload = next(iter(data.values()))
        return payload if isinstance(payload, dict) else {}
