"""What can go wrong, as one tree.

FlowRunsError
├── BadUserInput           an input's value cannot be used; the message names it
├── NotFound               an id or name that stands for nothing here
├── VersionLockingError    a state change that holds a version other than the current one
├── IdempotencyKeyReused   a known key with other inputs than at its first use
├── Unauthenticated        no token, or one that is unknown
├── Forbidden              a known caller who may not do this
├── PayloadTooLarge        more than one item or one response can hold
└── ApiError               the service could not answer now; the same request may be sent again
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

_LONGEST_CAUSE: Final = 500


class FlowRunsError(Exception):
    """An error that a caller sees: a stable `code`, a message that says what to do, further facts."""

    code: ClassVar[str] = "INTERNAL_ERROR"

    def __init__(self, message: str, facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self._facts = dict(facts or {})

    @property
    def extensions(self) -> dict[str, Any]:
        """The GraphQL error's `extensions`: the code, then the facts."""
        return {"code": self.code, **self._facts}


class BadUserInput(FlowRunsError):
    """An input's value cannot be used."""

    code = "BAD_USER_INPUT"


class NotFound(FlowRunsError):
    """An id or a name stands for nothing here."""

    code = "NOT_FOUND"


class VersionLockingError(FlowRunsError):
    """A state change held a version that is not the current one; nothing was written."""

    code = "VERSION_LOCKING_ERROR"


class IdempotencyKeyReused(FlowRunsError):
    """A key that is remembered came with other parameters or context; nothing was written."""

    code = "IDEMPOTENCY_KEY_REUSED"


class Unauthenticated(FlowRunsError):
    """The request carries no token, or one that is not known."""

    code = "UNAUTHENTICATED"


class Forbidden(FlowRunsError):
    """The caller is known and may not do this."""

    code = "FORBIDDEN"


class PayloadTooLarge(FlowRunsError):
    """A value is larger than one item, one request or one response can hold."""

    code = "PAYLOAD_TOO_LARGE"


class ApiError(FlowRunsError):
    """The service could not answer now; sending the same request again is safe."""

    code = "API_ERROR"


def cause_of(error: BaseException) -> BaseException:
    """What an error started from: the last of those that it was raised from, itself if there is none."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return error if cause is None else cause_of(cause)


def described(cause: BaseException) -> str:
    """A cause in one line for the log: its type, and the beginning of what it says."""
    return " ".join(f"{type(cause).__name__}: {cause}".split())[:_LONGEST_CAUSE]
