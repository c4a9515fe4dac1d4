"""Values that are made when somebody first looks at them."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Lazy(Generic[T]):
    """A value that stays as it is stored until somebody looks at it, because most lists show it to nobody."""

    __slots__ = ("_make", "_value")

    def __init__(self, make: Callable[[], T]) -> None:
        self._make: Callable[[], T] | None = make
        self._value: Any = None

    @classmethod
    def of(cls, value: T) -> "Lazy[T]":
        """Return a value that is there already."""
        return cls(lambda: value)

    @property
    def value(self) -> T:
        """The value, made once. Raises what its making raises, such as PayloadTooLarge."""
        make = self._make
        if make is not None:
            self._value, self._make = make(), None
        value: T = self._value
        return value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lazy) and self.value == other.value

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Lazy({'…' if self._make is not None else repr(self._value)})"
