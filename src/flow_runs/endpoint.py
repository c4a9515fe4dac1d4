"""Where the service is, and what proves who asks: from arguments, else from the environment."""

import os
from typing import Final

import httpx

from flow_runs.errors import ConfigurationError

URL_VARIABLE: Final = "FLOW_RUNS_URL"
TOKEN_VARIABLE: Final = "FLOW_RUNS_TOKEN"  # noqa: S105 - the variable's name
DEFAULT_URL: Final = "http://127.0.0.1:4200"
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def graphql_url(url: str | None) -> httpx.URL:
    """Find the address that requests go to: `url`, else FLOW_RUNS_URL, else the local server's.

    `/graphql` is added unless the path ends in it (or in `/graphql/alpha`, where old clients post), so
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
        # Not repeated in the message: what stands before the @ is a secret.
        raise ConfigurationError(f"The URL must not hold a password; give a token or set {TOKEN_VARIABLE}.")
    path = parsed.path.rstrip("/")
    if not path.endswith(("/graphql", "/graphql/alpha")):
        path += "/graphql"
    return parsed.copy_with(path=path, query=None, fragment=None)


def bearer_token(token: str | None) -> str | None:
    """Answer the token, else FLOW_RUNS_TOKEN's; None when neither is set. Raises ConfigurationError."""
    found = (token if token is not None else os.environ.get(TOKEN_VARIABLE, "")).strip()
    if not found:
        return None
    if not found.isascii() or not found.isprintable() or " " in found:
        raise ConfigurationError("The token must be printable ASCII without blanks.")
    return found


def is_loopback(url: httpx.URL) -> bool:
    """Whether the address is this machine's own, which no proxy could reach."""
    return url.host in _LOOPBACK
