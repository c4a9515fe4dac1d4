"""The address of the service, the token and the tenant, from arguments or else from the environment."""

import os
import uuid
from typing import Final

import httpx

from flow_runs.errors import ConfigurationError

URL_VARIABLE: Final = "FLOW_RUNS_URL"
TOKEN_VARIABLE: Final = "FLOW_RUNS_TOKEN"  # noqa: S105 - the name of a variable
TENANT_VARIABLE: Final = "FLOW_RUNS_TENANT"
DEFAULT_URL: Final = "http://127.0.0.1:4200"
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def graphql_url(url: str | None) -> httpx.URL:
    """Return the address of requests: `url`, else FLOW_RUNS_URL, else the address of the local server.

    `/graphql` is added unless the path ends in it (or in `/graphql/alpha`, to which old clients post), so
    that the address of a stage, such as `https://host/prod`, works too. Raises ConfigurationError.
    """
    text = (url or os.environ.get(URL_VARIABLE) or DEFAULT_URL).strip()
    try:
        parsed = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise ConfigurationError(f"The URL cannot be read: {error}") from None
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ConfigurationError(f"The URL must look like {DEFAULT_URL} or https://host/stage.")
    if parsed.userinfo:
        # The message does not repeat the URL, because the part before the @ is a secret.
        raise ConfigurationError(f"The URL must not hold a password; give a token or set {TOKEN_VARIABLE}.")
    path = parsed.path.rstrip("/")
    if not path.endswith(("/graphql", "/graphql/alpha")):
        path += "/graphql"
    return parsed.copy_with(path=path, query=None, fragment=None)


def bearer_token(token: str | None) -> str | None:
    """Return the token, else that of FLOW_RUNS_TOKEN, None if neither is set. Raises ConfigurationError."""
    found = (token if token is not None else os.environ.get(TOKEN_VARIABLE, "")).strip()
    if not found:
        return None
    if not found.isascii() or not found.isprintable() or " " in found:
        raise ConfigurationError("The token must be printable ASCII without blanks.")
    return found


def named_tenant(tenant_id: str | None) -> str | None:
    """Return the id of a tenant, else that of FLOW_RUNS_TENANT, None if neither is set.

    Raises ConfigurationError.
    """
    found = (tenant_id if tenant_id is not None else os.environ.get(TENANT_VARIABLE, "")).strip()
    if not found:
        return None
    try:
        return str(uuid.UUID(found))
    except ValueError:
        raise ConfigurationError(
            f"The tenant {found[:100]!r} is no id, such as 6e0b5f3c-2f6d-4c1e-9a57-3b1d8f0c7a21."
        ) from None


def is_loopback(url: httpx.URL) -> bool:
    """Return True if the address is a loopback address, which no proxy can reach."""
    return url.host in _LOOPBACK
