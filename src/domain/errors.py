"""The errors that a caller can see, as one tree.

FlowRunsError
├── BadUserInput           the value of an input cannot be used; the message names the input
│   └── TooMuchWork        the request asks for more than one request may
├── NotFound               no entity has this id or name
├── VersionLockingError    a state change names another version than the current one
├── IdempotencyKeyReused   a known key comes with other inputs than at its first use
├── Unauthenticated        the request has no token or an unknown token
├── Forbidden              the caller is known, but may not do this
├── PayloadTooLarge        a value is larger than an item or a response can be
├── RateLimited            the tenant has sent as many requests in this minute as it may
└── ApiError               the service could not answer now; the same request may be sent again
    └── ClientLeft         nobody waits for the response
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

_LONGEST_CAUSE: Final = 500


class FlowRunsError(Exception):
    """An error that a caller sees: a stable `code`, a message that says what to do, and facts."""

    code: ClassVar[str] = "INTERNAL_ERROR"

    def __init__(self, message: str, facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self._facts = dict(facts or {})
        self._plain = message
        self._list: tuple[str, ...] = ()

    @property
    def extensions(self) -> dict[str, Any]:
        """Return the `extensions` of the GraphQL error: the code, then the facts."""
        return {"code": self.code, **self._facts}

    def tell(self, facts: Mapping[str, Any]) -> None:
        """Add facts to those that the error has."""
        self._facts |= facts

    def reword(self, reworded: Callable[[str], str]) -> None:
        """Put each text of the error into other words: its message, and the facts that are texts."""
        self.message, self._plain = reworded(self.message), reworded(self._plain)
        self._facts = {
            name: reworded(fact) if isinstance(fact, str) else fact for name, fact in self._facts.items()
        }
        self.args = (self.message,)

    def inside(self, name: str) -> None:
        """Let the error name the list at which it came: put the name of a list before those inside of it."""
        self._list = (name, *self._list)
        self._facts["list"] = ".".join(self._list)
        self.message = f"{self._plain} The list: {self._facts['list']}."
        self.args = (self.message,)


class BadUserInput(FlowRunsError):
    """The value of an input cannot be used."""

    code = "BAD_USER_INPUT"


class TooMuchWork(BadUserInput):
    """The request asks for more work than one request may. A query ends with this error."""


class NotFound(FlowRunsError):
    """No entity has this id or name."""

    code = "NOT_FOUND"


class VersionLockingError(FlowRunsError):
    """A state change named another version than the current one. Nothing was written."""

    code = "VERSION_LOCKING_ERROR"


class IdempotencyKeyReused(FlowRunsError):
    """A known key came with other parameters or another context. Nothing was written."""

    code = "IDEMPOTENCY_KEY_REUSED"


class Unauthenticated(FlowRunsError):
    """The request has no token or an unknown token."""

    code = "UNAUTHENTICATED"


class Forbidden(FlowRunsError):
    """The caller is known, but may not do this."""

    code = "FORBIDDEN"


class PayloadTooLarge(FlowRunsError):
    """A value is larger than an item, a request or a response can be."""

    code = "PAYLOAD_TOO_LARGE"


class RateLimited(FlowRunsError):
    """The tenant has sent as many requests in this minute as it may. Nothing was executed."""

    code = "RATE_LIMITED"


class ApiError(FlowRunsError):
    """The service could not answer now. Sending the same request again is safe."""

    code = "API_ERROR"


class ClientLeft(ApiError):
    """The client has closed its connection. Nobody gets this error; the line of the request names it."""

    code = "CLIENT_LEFT"


def cause_of(error: BaseException) -> BaseException:
    """Return the first cause of an error, or the error itself if it has no cause."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return error if cause is None else cause_of(cause)


def without_frames(error: BaseException) -> None:
    """Take the frames from an error and its causes, because a frame keeps every value alive that it has held.

    What raised a refusal is of no use to its reader.
    """
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        cause = waiting.pop()
        if cause is not None and id(cause) not in seen:
            seen.add(id(cause))
            cause.__traceback__ = None
            waiting += [cause.__cause__, cause.__context__]


def described(cause: BaseException) -> str:
    """Return a cause as one line for the log: its type, and the beginning of its message."""
    return " ".join(f"{type(cause).__name__}: {cause}".split())[:_LONGEST_CAUSE]
