"""Calls of storage to its client: recorded once, then served from the record."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from storage.dynamodb.table import Table


@dataclass(frozen=True, slots=True)
class ClientCall:
    """One call of DynamoDB with its parsed response."""

    operation: str
    arguments: dict[str, Any]
    response: dict[str, Any]


@dataclass(slots=True)
class RecordingClient:
    """A client that forwards its calls to another client and records them in order."""

    client: Any
    calls: list[ClientCall] = field(default_factory=list)

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            response = getattr(self.client, operation)(**arguments)
            self.calls.append(ClientCall(operation, arguments, response))
            return response

        return call


class CannedClient:
    """A client that returns the recorded responses in order, again and again."""

    def __init__(self, calls: Iterable[ClientCall]) -> None:
        self._calls = list(calls)
        self._next = 0

    def __getattr__(self, _operation: str) -> Callable[..., Any]:
        return self._respond

    def _respond(self, **_arguments: Any) -> Any:
        response = self._calls[self._next].response
        self._next = (self._next + 1) % len(self._calls)
        return response


class SequentialTable(Table):
    """A table that makes parallel calls one after the other, so that their recorded order repeats."""

    def parallel(self, calls: Iterable[Callable[[], Any]]) -> list[Any]:
        """Make the calls, and return their results in the same order."""
        return [call() for call in calls]


def repeat(client: Any, calls: Iterable[ClientCall]) -> None:
    """Make the recorded calls of a client again."""
    for call in calls:
        getattr(client, call.operation)(**call.arguments)
