"""A store that records the calls of the use cases, and a store that returns the recorded results."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Call:
    """One call of a port and its result: a value, or the used elements of a stream."""

    port: str
    method: str
    arguments: tuple[Any, ...]
    named: dict[str, Any]
    result: Any = None
    used: list[Any] | None = None


def _sequentially(calls: Iterable[Callable[[], Any]]) -> list[Any]:
    """Make parallel calls one after the other, so that their recorded order repeats."""
    return [call() for call in calls]


@dataclass(slots=True)
class RecordingStore:
    """A store that forwards its calls to another store and records them in order."""

    store: Any
    calls: list[Call] = field(default_factory=list)
    is_current: bool = True

    @property
    def parallel(self) -> Callable[..., list[Any]]:
        return _sequentially

    def __getattr__(self, port: str) -> Any:
        return _RecordingPort(getattr(self.store, port), port, self.calls)


@dataclass(frozen=True, slots=True)
class _RecordingPort:
    target: Any
    port: str
    calls: list[Call]

    def __getattr__(self, method: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            result = getattr(self.target, method)(*arguments, **named)
            recorded = Call(self.port, method, arguments, named)
            self.calls.append(recorded)
            if isinstance(result, Iterator):
                recorded.used = []
                return _recorded(result, recorded.used)
            recorded.result = result
            return result

        return call


def _recorded(stream: Iterator[Any], used: list[Any]) -> Iterator[Any]:
    for element in stream:
        used.append(element)
        yield element


def repeat(store: Any, calls: Iterable[Call]) -> None:
    """Make the recorded calls of a store again, and use as many elements of its streams."""
    for call in calls:
        result = getattr(getattr(store, call.port), call.method)(*call.arguments, **call.named)
        for _ in call.used or ():
            next(result)


class CannedStore:
    """A store that returns the recorded results in order, whatever the call."""

    def __init__(self, calls: Iterable[Call]) -> None:
        self.parallel = _sequentially
        self.is_current = True
        self._calls = iter(calls)

    def __getattr__(self, _port: str) -> "CannedStore._Port":
        return CannedStore._Port(self._calls)

    class _Port:
        """Any port of the store."""

        def __init__(self, calls: Iterator[Call]) -> None:
            self._calls = calls

        def __getattr__(self, _method: str) -> Callable[..., Any]:
            return self._respond

        def _respond(self, *_arguments: Any, **_named: Any) -> Any:
            call = next(self._calls)
            return call.result if call.used is None else iter(call.used)
