"""All errors of the client, as one tree.

FlowRunsError
├── ConfigurationError             the URL, the token or the tenant is invalid; nothing was sent
├── ServiceError                   the service was not reached or failed; a later attempt may succeed
│   ├── ConnectionFailedError        no connection: the request was not carried out
│   ├── AnswerLostError              sent, but no response came: it may have been carried out
│   ├── RateLimitedError             HTTP 429: not carried out, slow down
│   ├── ServerFailedError            HTTP 5xx, or INTERNAL_ERROR: it may have been carried out
│   └── ApiError                     API_ERROR: the service asks for the same request again
├── RefusedError                   the service refused the request; `code` is the reason
│   ├── BadUserInputError            BAD_USER_INPUT
│   ├── NotFoundError                NOT_FOUND
│   ├── VersionLockError             VERSION_LOCKING_ERROR
│   ├── IdempotencyKeyReusedError    IDEMPOTENCY_KEY_REUSED
│   ├── UnauthenticatedError         UNAUTHENTICATED, HTTP 401
│   ├── ForbiddenError               FORBIDDEN, HTTP 403
│   ├── PayloadTooLargeError         PAYLOAD_TOO_LARGE, HTTP 413
│   └── DataTooNewError              DATA_TOO_NEW: the data is of a later release than the service
├── UnexpectedAnswerError          the response is of no Flow Runs service: most likely the URL is wrong
└── WaitTimeoutError               the run did not end within the time-out of the caller
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, ClassVar


class Retry(Enum):
    """The requests that may be sent again after an error."""

    NEVER = "never"
    IF_IDEMPOTENT = "if the request may be carried out twice without harm"
    ALWAYS = "always"


class FlowRunsError(Exception):
    """The base class of every error of this package.

    `extensions` holds the facts that the service sent with its message. `maybe_done` is True if an attempt of
    the failed request, the last or an earlier one, may have been carried out all the same.
    """

    code: ClassVar[str | None] = None
    retry: ClassVar[Retry] = Retry.NEVER
    leaves_doubt: ClassVar[bool] = False

    def __init__(self, message: str, extensions: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.extensions = dict(extensions or {})
        self.maybe_done = self.leaves_doubt


class ConfigurationError(FlowRunsError):
    """The URL, the token or the tenant is invalid; nothing was sent."""


class ServiceError(FlowRunsError):
    """The service was not reached, or failed.

    `retry_after` is the number of seconds after which the service accepts a retry, if it sent one.
    """

    def __init__(self, message: str, extensions: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, extensions)
        self.retry_after: float | None = None


class ConnectionFailedError(ServiceError):
    """There was no connection: the request was not carried out."""

    retry = Retry.ALWAYS


class AnswerLostError(ServiceError):
    """The request was sent and no response came. It is unknown whether the request was carried out."""

    retry = Retry.IF_IDEMPOTENT
    leaves_doubt = True


class RateLimitedError(ServiceError):
    """The service receives too many requests; the request was not carried out."""

    code = "RATE_LIMITED"
    retry = Retry.ALWAYS


class ServerFailedError(ServiceError):
    """The service failed during the request. It is unknown whether the request was carried out."""

    code = "INTERNAL_ERROR"
    retry = Retry.IF_IDEMPOTENT
    leaves_doubt = True


class ApiError(ServiceError):
    """The service failed for the moment; it says that the same request may be sent again."""

    code = "API_ERROR"
    retry = Retry.ALWAYS
    leaves_doubt = True


class RefusedError(FlowRunsError):
    """The service understood the request and refused it. A subclass stands for each known code."""


class BadUserInputError(RefusedError):
    """The value of an input is invalid; the message names it. Raised before sending where that is certain."""

    code = "BAD_USER_INPUT"


class NotFoundError(RefusedError):
    """No object of the service has this id or this name."""

    code = "NOT_FOUND"


class VersionLockError(RefusedError):
    """The version of a state change is not the current version of the run; nothing was written."""

    code = "VERSION_LOCKING_ERROR"

    @property
    def flow_run_id(self) -> str | None:
        """The id of the run."""
        return self.extensions.get("flow_run_id")

    @property
    def given_version(self) -> int | None:
        """The version in the request."""
        return self.extensions.get("given_version")

    @property
    def current_version(self) -> int | None:
        """The version of the run at that moment."""
        return self.extensions.get("current_version")

    @property
    def current_state(self) -> str | None:
        """The type of the run's state at that moment, such as `Running`."""
        return self.extensions.get("current_state")


class IdempotencyKeyReusedError(RefusedError):
    """The key was used with other parameters or another context; no run was created."""

    code = "IDEMPOTENCY_KEY_REUSED"

    @property
    def flow_run_id(self) -> str | None:
        """The id of the run that was created with the key."""
        return self.extensions.get("flow_run_id")


class UnauthenticatedError(RefusedError):
    """The request has no token, or an unknown one."""

    code = "UNAUTHENTICATED"


class ForbiddenError(RefusedError):
    """The token is known, but does not allow this request."""

    code = "FORBIDDEN"


class PayloadTooLargeError(RefusedError):
    """A value is too large for one item, one request or one response."""

    code = "PAYLOAD_TOO_LARGE"


class DataTooNewError(RefusedError):
    """The data was written by a later release than that of the service; nothing was done."""

    code = "DATA_TOO_NEW"


class UnexpectedAnswerError(FlowRunsError):
    """The response cannot be that of a Flow Runs service."""


class WaitTimeoutError(FlowRunsError):
    """The run did not end within the time-out of the caller; the run goes on."""


_CODED: tuple[type[FlowRunsError], ...] = (
    BadUserInputError,
    NotFoundError,
    VersionLockError,
    IdempotencyKeyReusedError,
    UnauthenticatedError,
    ForbiddenError,
    PayloadTooLargeError,
    DataTooNewError,
    RateLimitedError,
    ServerFailedError,
    ApiError,
)
BY_CODE: dict[str, type[FlowRunsError]] = {str(kind.code): kind for kind in _CODED}


def error_from(graphql_error: Mapping[str, Any]) -> FlowRunsError:
    """Return the error for one entry of `errors` in a GraphQL response."""
    extensions = graphql_error.get("extensions")
    facts = extensions if isinstance(extensions, Mapping) else {}
    message = graphql_error.get("message")
    kind = BY_CODE.get(str(facts.get("code")), RefusedError)
    return kind(message if isinstance(message, str) and message else "The service gave no reason.", facts)
