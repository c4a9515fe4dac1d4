"""What storage asks of its client: written down once, answered again without it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from storage.dynamodb.table import Table


@dataclass(frozen=True, slots=True)
class ClientCall:
    """One call of DynamoDB with its parsed answer."""

    operation: str
    arguments: dict[str, Any]
    answer: dict[str, Any]


@dataclass(slots=True)
class RecordingClient:
    """Stands before a client and keeps its calls, in order."""

    client: Any
    calls: list[ClientCall] = field(default_factory=list)

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            answer = getattr(self.client, operation)(**arguments)
            self.calls.append(ClientCall(operation, arguments, answer))
            return answer

        return call


class CannedClient:
    """Answers what was recorded, in its order, over and over."""

    def __init__(self, calls: Iterable[ClientCall]) -> None:
        self._calls = list(calls)
        self._next = 0

    def __getattr__(self, _operation: str) -> Callable[..., Any]:
        return self._answer

    def _answer(self, **_arguments: Any) -> Any:
        answer = self._calls[self._next].answer
        self._next = (self._next + 1) % len(self._calls)
        return answer


class TableInTurn(Table):
    """A table that makes calls one after the other, so that they are recorded in an order that recurs."""

    def parallel(self, calls: Iterable[Callable[[], Any]]) -> list[Any]:
        """Make the calls; their results in the same order."""
        return [call() for call in calls]


def repeat(client: Any, calls: Iterable[ClientCall]) -> None:
    """Make the same calls of a client once more."""
    for call in calls:
        getattr(client, call.operation)(**call.arguments)
