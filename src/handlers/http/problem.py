"""What keeps a request from becoming GraphQL: a status, and the same `errors` list as GraphQL's."""

from collections.abc import Mapping
from typing import Any

from domain.errors import BadUserInput, FlowRunsError


class HttpProblem(Exception):
    """An answer that ends the request early; `cause` gives the code and the message."""

    def __init__(
        self, status: int, cause: str | FlowRunsError, headers: Mapping[str, str] | None = None
    ) -> None:
        self.error = BadUserInput(cause) if isinstance(cause, str) else cause
        super().__init__(self.error.message)
        self.status = status
        self.headers = dict(headers or {})

    @property
    def result(self) -> dict[str, Any]:
        """The body: GraphQL's form, so that every client finds the message where it looks."""
        return {"errors": [{"message": self.error.message, "extensions": self.error.extensions}]}
