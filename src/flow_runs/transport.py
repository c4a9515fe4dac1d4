"""One GraphQL request over HTTP: sent, repeated where that is safe, and answered by data or one error."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx

from flow_runs.endpoint import is_loopback
from flow_runs.errors import (
    AnswerLostError,
    BadUserInputError,
    ConnectionFailedError,
    FlowRunsError,
    ForbiddenError,
    PayloadTooLargeError,
    RateLimitedError,
    ServerFailedError,
    ServiceError,
    UnauthenticatedError,
    UnexpectedAnswerError,
    error_from,
)
from flow_runs.retries import RetryPolicy
from flow_runs.version import __version__

_CONNECT_SECONDS: Final = 10.0
_NEVER_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_BY_STATUS: Final[dict[int, tuple[type[FlowRunsError], str]]] = {
    401: (UnauthenticatedError, "no token was given, or one that is not known there"),
    403: (ForbiddenError, "the token does not allow this"),
    413: (PayloadTooLargeError, "the request is larger than it takes"),
    429: (RateLimitedError, "it is asked too often"),
    **dict.fromkeys((500, 502, 503, 504), (ServerFailedError, "it failed while it answered")),
}


class Transport:
    """A connection pool to one service, with its retry policy."""

    def __init__(
        self,
        url: httpx.URL,
        token: str | None,
        timeout: float,
        policy: RetryPolicy,
        http: httpx.BaseTransport | None = None,
    ) -> None:
        headers = {
            "Accept": "application/graphql-response+json, application/json;q=0.9",
            "Content-Type": "application/json",
            "User-Agent": f"flow-runs/{__version__}",
        }
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self.url = url
        self._policy = policy
        self._http = httpx.Client(
            headers=headers,
            timeout=httpx.Timeout(timeout, connect=min(timeout, _CONNECT_SECONDS)),
            transport=http,
            trust_env=not is_loopback(url),
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def execute(
        self,
        document: str,
        variables: Mapping[str, Any] | None = None,
        *,
        idempotent: bool,
        check: Callable[[dict[str, Any]], None] = lambda _data: None,
    ) -> dict[str, Any]:
        """Send one operation and answer its `data`; raise the first of its errors.

        `check` may find an error in `data` itself; it counts like one that the service named, so that its
        `maybe_done` knows of the attempts before.
        """
        body = _encode(document, variables or {})

        def attempt() -> dict[str, Any]:
            data = self._attempt(body)
            check(data)
            return data

        return self._policy.run(attempt, idempotent=idempotent)

    def _attempt(self, body: bytes) -> dict[str, Any]:
        try:
            response = self._http.post(self.url, content=body)
        except _NEVER_SENT as error:
            raise ConnectionFailedError(f"Cannot connect to {self.url}: {error or 'no answer'}") from error
        except httpx.TimeoutException as error:
            raise AnswerLostError(f"{self.url} did not answer in time.") from error
        except httpx.RequestError as error:
            raise AnswerLostError(f"The connection to {self.url} broke: {error}") from error
        return self._read(response)

    def _read(self, response: httpx.Response) -> dict[str, Any]:
        answer = _json_object(response)
        errors = answer.get("errors")
        if isinstance(errors, list) and errors and isinstance(errors[0], dict):
            raise _with_retry_after(error_from(errors[0]), response)
        data = answer.get("data")
        if response.is_success and isinstance(data, dict):
            return data
        raise _with_retry_after(self._error_of_status(response), response)

    def _error_of_status(self, response: httpx.Response) -> FlowRunsError:
        status = response.status_code
        if status in _BY_STATUS:
            kind, reason = _BY_STATUS[status]
            return kind(f"{self.url} answered {status}: {reason}.", {"status": status})
        return UnexpectedAnswerError(
            f"{self.url} answered {status}, but not as Flow Runs does. Is the URL right?", {"status": status}
        )


def _encode(document: str, variables: Mapping[str, Any]) -> bytes:
    """Write the request's body. Raises BadUserInputError for what JSON cannot hold, NaN included."""
    try:
        return json.dumps(
            {"query": document, "variables": variables}, allow_nan=False, separators=(",", ":")
        ).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise BadUserInputError(f"The request cannot be written as JSON: {error}") from error


def _json_object(response: httpx.Response) -> dict[str, Any]:
    """Read the body, or an empty object when it is no JSON object."""
    try:
        answer = response.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _with_retry_after(error: FlowRunsError, response: httpx.Response) -> FlowRunsError:
    """Note on the error how long the service asked to be left alone."""
    text = response.headers.get("Retry-After")
    if text and isinstance(error, ServiceError):
        error.retry_after = _seconds(text)
    return error


def _seconds(text: str) -> float | None:
    """Read Retry-After: seconds or an HTTP date; None when it is neither."""
    if text.strip().isdecimal():
        return float(text)
    try:
        instant = parsedate_to_datetime(text)
    except ValueError:
        return None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return max(0.0, (instant - datetime.now(UTC)).total_seconds())
