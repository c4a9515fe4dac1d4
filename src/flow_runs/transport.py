"""GraphQL requests over HTTP: each is repeated if that is safe, and returns data or raises one error."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import ceil
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

TENANT_HEADER: Final = "X-PREFECT-TENANT-ID"
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
    **dict.fromkeys((500, 502, 503, 504), (ServerFailedError, "it failed during the request")),
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
        *,
        tenant_id: str | None = None,
    ) -> None:
        headers = {
            "Accept": "application/graphql-response+json, application/json;q=0.9",
            "Content-Type": "application/json",
            "User-Agent": f"flow-runs/{__version__}",
        }
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if tenant_id:
            headers[TENANT_HEADER] = tenant_id
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
        """Send one operation, and return its `data`. Raise the first of its errors.

        `check` may raise an error because of `data`. It counts as an error of the service, so that its
        `maybe_done` covers the earlier attempts.
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
            raise ConnectionFailedError(f"Cannot connect to {self.url}: {error or 'no response'}") from error
        except httpx.TimeoutException as error:
            raise AnswerLostError(f"{self.url} did not respond in time.") from error
        except httpx.RequestError as error:
            raise AnswerLostError(f"The connection to {self.url} broke: {error}") from error
        return self._read(response)

    def _read(self, response: httpx.Response) -> dict[str, Any]:
        body = _json_object(response)
        errors = body.get("errors")
        if isinstance(errors, list) and errors and isinstance(errors[0], dict):
            raise _with_retry_after(error_from(errors[0]), response)
        data = body.get("data")
        if response.is_success and isinstance(data, dict):
            return data
        raise _with_retry_after(self._error_of_status(response), response)

    def _error_of_status(self, response: httpx.Response) -> FlowRunsError:
        status = response.status_code
        if status in _BY_STATUS:
            kind, reason = _BY_STATUS[status]
            return kind(f"{self.url} responded with {status}: {reason}.", {"status": status})
        return UnexpectedAnswerError(
            f"{self.url} responded with {status}, but not as Flow Runs does. Is the URL right?",
            {"status": status},
        )


def _encode(document: str, variables: Mapping[str, Any]) -> bytes:
    """Return the body of a request. Raises BadUserInputError for values that JSON cannot hold, as NaN."""
    try:
        return json.dumps(
            {"query": document, "variables": variables}, allow_nan=False, separators=(",", ":")
        ).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise BadUserInputError(f"The request cannot be written as JSON: {error}") from error


def _json_object(response: httpx.Response) -> dict[str, Any]:
    """Return the body, or an empty object if it is no JSON object."""
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _with_retry_after(error: FlowRunsError, response: httpx.Response) -> FlowRunsError:
    """Return the error with the seconds after which a retry is accepted, which its text tells, too."""
    text = response.headers.get("Retry-After")
    seconds = _seconds(text) if text and isinstance(error, ServiceError) else None
    if seconds is None or not isinstance(error, ServiceError):
        return error
    if seconds and "retry_after" not in error.extensions:
        # An error with this extension tells it by itself.
        error = type(error)(f"{error.message} Try again in {ceil(seconds)} seconds.", error.extensions)
    error.retry_after = seconds
    return error


def _seconds(text: str) -> float | None:
    """Return the seconds of a Retry-After header, given as a number or as an HTTP date; else None."""
    if text.isascii() and text.strip().isdecimal():
        return float(text)
    try:
        instant = parsedate_to_datetime(text)
    except ValueError:
        return None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return max(0.0, (instant - datetime.now(UTC)).total_seconds())
