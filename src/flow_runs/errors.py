"""What can go wrong, as one tree.

FlowRunsError
├── ConfigurationError             a URL or token that cannot be used; nothing was sent
├── ServiceError                   the service could not be reached or could not answer; later it may
│   ├── ConnectionFailedError        no connection: the request was not carried out
│   ├── AnswerLostError              sent, but no answer came back: it may have been carried out
│   ├── RateLimitedError             HTTP 429: not carried out, slow down
│   ├── ServerFailedError            HTTP 5xx, or INTERNAL_ERROR: it may have been carried out
│   └── ApiError                     API_ERROR: the service asks for the same request again
├── RefusedError                   the service understood and said no; `code` says why
│   ├── BadUserInputError            BAD_USER_INPUT
│   ├── NotFoundError                NOT_FOUND
│   ├── VersionLockError             VERSION_LOCKING_ERROR
│   ├── IdempotencyKeyReusedError    IDEMPOTENCY_KEY_REUSED
│   ├── UnauthenticatedError         UNAUTHENTICATED, HTTP 401
│   ├── ForbiddenError               FORBIDDEN, HTTP 403
│   ├── PayloadTooLargeError         PAYLOAD_TOO_LARGE, HTTP 413
│   └── DataTooNewError              DATA_TOO_NEW: an older release than the data's answers
├── UnexpectedAnswerError          an answer that no Flow Runs service gives: most likely a wrong URL
└── WaitTimeoutError               the run did not finish in the time that the caller gave it
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, ClassVar


class Repeat(Enum):
    """Which requests may be sent again after an error."""

    NEVER = "never"
    IF_IDEMPOTENT = "if the request may be carried out twice without harm"
    ALWAYS = "always"


class FlowRunsError(Exception):
    """The root of everything this package raises.

    `extensions` holds what the service said beside its message. `maybe_done` tells that an attempt of the
    failed request may have been carried out all the same, the last one or an earlier one.
    """

    code: ClassVar[str | None] = None
    repeat: ClassVar[Repeat] = Repeat.NEVER
    leaves_doubt: ClassVar[bool] = False

    def __init__(self, message: str, extensions: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.extensions = dict(extensions or {})
        self.maybe_done = self.leaves_doubt


class ConfigurationError(FlowRunsError):
    """A URL or token cannot be used; nothing was sent."""


class ServiceError(FlowRunsError):
    """The service could not be reached or could not answer.

    `retry_after` is how many seconds it asked to be left alone, if it did.
    """

    def __init__(self, message: str, extensions: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, extensions)
        self.retry_after: float | None = None


class ConnectionFailedError(ServiceError):
    """There was no connection: the request was not carried out."""

    repeat = Repeat.ALWAYS


class AnswerLostError(ServiceError):
    """The request was sent and no answer came back: nobody knows whether it was carried out."""

    repeat = Repeat.IF_IDEMPOTENT
    leaves_doubt = True


class RateLimitedError(ServiceError):
    """The service is asked too often; the request was not carried out."""

    repeat = Repeat.ALWAYS


class ServerFailedError(ServiceError):
    """The service failed while it answered: nobody knows whether the request was carried out."""

    code = "INTERNAL_ERROR"
    repeat = Repeat.IF_IDEMPOTENT
    leaves_doubt = True


class ApiError(ServiceError):
    """The service could not answer now and says that the same request may be sent again."""

    code = "API_ERROR"
    repeat = Repeat.ALWAYS
    leaves_doubt = True


class RefusedError(FlowRunsError):
    """The service understood the request and refused it; a subclass where the reason has a known code."""


class BadUserInputError(RefusedError):
    """An input's value cannot be used; the message names it. Raised before sending where that is sure."""

    code = "BAD_USER_INPUT"


class NotFoundError(RefusedError):
    """An id or a name stands for nothing there."""

    code = "NOT_FOUND"


class VersionLockError(RefusedError):
    """A state change held a version that is not the run's current one; nothing was written."""

    code = "VERSION_LOCKING_ERROR"

    @property
    def flow_run_id(self) -> str | None:
        """The run."""
        return self.extensions.get("flow_run_id")

    @property
    def given_version(self) -> int | None:
        """The version that the request held."""
        return self.extensions.get("given_version")

    @property
    def current_version(self) -> int | None:
        """The version that the run was at."""
        return self.extensions.get("current_version")

    @property
    def current_state(self) -> str | None:
        """The type of the state that the run was in, such as `Running`."""
        return self.extensions.get("current_state")


class IdempotencyKeyReusedError(RefusedError):
    """The key is remembered with other parameters or context; no run was created."""

    code = "IDEMPOTENCY_KEY_REUSED"

    @property
    def flow_run_id(self) -> str | None:
        """The run that the key stands for."""
        return self.extensions.get("flow_run_id")


class UnauthenticatedError(RefusedError):
    """The request carries no token, or one that is not known."""

    code = "UNAUTHENTICATED"


class ForbiddenError(RefusedError):
    """The token is known and does not allow this."""

    code = "FORBIDDEN"


class PayloadTooLargeError(RefusedError):
    """A value is larger than one item, one request or one response can hold."""

    code = "PAYLOAD_TOO_LARGE"


class DataTooNewError(RefusedError):
    """The service's data was written by a later release than the one that answers; nothing was done."""

    code = "DATA_TOO_NEW"


class UnexpectedAnswerError(FlowRunsError):
    """The answer is none that a Flow Runs service gives."""


class WaitTimeoutError(FlowRunsError):
    """The run did not finish within the time that the caller gave; it goes on."""


_CODED: tuple[type[FlowRunsError], ...] = (
    BadUserInputError,
    NotFoundError,
    VersionLockError,
    IdempotencyKeyReusedError,
    UnauthenticatedError,
    ForbiddenError,
    PayloadTooLargeError,
    DataTooNewError,
    ServerFailedError,
    ApiError,
)
BY_CODE: dict[str, type[FlowRunsError]] = {str(kind.code): kind for kind in _CODED}


def error_from(graphql_error: Mapping[str, Any]) -> FlowRunsError:
    """Make the error that one entry of a GraphQL answer's `errors` stands for."""
    extensions = graphql_error.get("extensions")
    facts = extensions if isinstance(extensions, Mapping) else {}
    message = graphql_error.get("message")
    kind = BY_CODE.get(str(facts.get("code")), RefusedError)
    return kind(message if isinstance(message, str) and message else "The service gave no reason.", facts)
