"""Problems of a request before GraphQL: a status, and an `errors` list in GraphQL's form."""

from collections.abc import Mapping
from typing import Any

from domain.errors import BadUserInput, FlowRunsError


class HttpProblem(Exception):
    """A response that ends the request early; `cause` gives its code and message."""

    def __init__(
        self, status: int, cause: str | FlowRunsError, headers: Mapping[str, str] | None = None
    ) -> None:
        self.error = BadUserInput(cause) if isinstance(cause, str) else cause
        super().__init__(self.error.message)
        self.status = status
        self.headers = dict(headers or {})

    @property
    def result(self) -> dict[str, Any]:
        """The body in GraphQL's form, so that every client finds the message where it looks for it."""
        return {"errors": [{"message": self.error.message, "extensions": self.error.extensions}]}
