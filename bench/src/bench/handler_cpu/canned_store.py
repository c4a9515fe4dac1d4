"""A store that writes down what the use cases ask of it, and one that answers the same again."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Call:
    """One call of a port, and what it answered: a value, or as many of a stream's as were used."""

    port: str
    method: str
    arguments: tuple[Any, ...]
    named: dict[str, Any]
    answer: Any = None
    used: list[Any] | None = None


def _in_turn(calls: Iterable[Callable[[], Any]]) -> list[Any]:
    """Side by side is for waiting; one after the other they are recorded in an order that recurs."""
    return [call() for call in calls]


@dataclass(slots=True)
class RecordingStore:
    """Stands before a store and keeps its calls, in order."""

    store: Any
    calls: list[Call] = field(default_factory=list)
    is_current: bool = True

    @property
    def parallel(self) -> Callable[..., list[Any]]:
        return _in_turn

    def __getattr__(self, port: str) -> Any:
        return _RecordingPort(getattr(self.store, port), port, self.calls)


@dataclass(frozen=True, slots=True)
class _RecordingPort:
    target: Any
    port: str
    calls: list[Call]

    def __getattr__(self, method: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            answer = getattr(self.target, method)(*arguments, **named)
            kept = Call(self.port, method, arguments, named)
            self.calls.append(kept)
            if isinstance(answer, Iterator):
                kept.used = []
                return _used(answer, kept.used)
            kept.answer = answer
            return answer

        return call


def _used(stream: Iterator[Any], used: list[Any]) -> Iterator[Any]:
    for each in stream:
        used.append(each)
        yield each


def repeat(store: Any, calls: Iterable[Call]) -> None:
    """Ask a store the same once more, and use as much of its streams."""
    for call in calls:
        answer = getattr(getattr(store, call.port), call.method)(*call.arguments, **call.named)
        for _ in call.used or ():
            next(answer)


class CannedStore:
    """Answers what was recorded, in its order; whatever is asked is taken to be the same as then."""

    def __init__(self, calls: Iterable[Call]) -> None:
        self.parallel = _in_turn
        self.is_current = True
        self._answers = iter(calls)

    def __getattr__(self, _port: str) -> "CannedStore._Port":
        return CannedStore._Port(self._answers)

    class _Port:
        """Any port."""

        def __init__(self, answers: Iterator[Call]) -> None:
            self._answers = answers

        def __getattr__(self, _method: str) -> Callable[..., Any]:
            return self._answer

        def _answer(self, *_arguments: Any, **_named: Any) -> Any:
            call = next(self._answers)
            return call.answer if call.used is None else iter(call.used)
