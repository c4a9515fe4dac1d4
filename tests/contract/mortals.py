"""Processes that are killed at a call to the table, whose number the test gives."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from storage.dynamodb.table import Table
from storage.store import TenantStore
from tests.contract.factories import SHARDS, World


class Killed(BaseException):
    """The end of a process, which no code in the process may catch."""


class Mortal:
    """A client whose process is killed at a call: before the call or, with `unheard`, after it."""

    def __init__(self, client: Any, dies_at: int | None, *, unheard: bool = False) -> None:
        self.calls: list[str] = []
        self._client, self._dies_at, self._unheard = client, dies_at, unheard

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        send = getattr(self._client, operation)

        def made(**arguments: Any) -> Any:
            self.calls.append(operation)
            number = len(self.calls)
            if self._dies_at is None or number < self._dies_at:
                return send(**arguments)
            if self._unheard and number == self._dies_at:
                send(**arguments)
            raise Killed

        return made


class InOrder(Table):
    """A table that makes parallel calls one after the other, so that each call has a number."""

    backwards = False

    def parallel(self, calls: Iterable[Callable[[], Any]]) -> list[Any]:
        waiting = list(calls)
        if self.backwards:
            return [call() for call in reversed(waiting)][::-1]
        return [call() for call in waiting]


def in_order(world: World, client: Any, *, shards: int = SHARDS, backwards: bool = False) -> World:
    """Return the same tenant, clock and dice in a process with this client.

    Parallel calls are made in their order, or `backwards`.
    """
    other = world.through(client)
    other.table = InOrder(client, world.table_name)
    other.table.backwards = backwards
    other.store = TenantStore(other.table, world.tenant_id, shards)
    other.context = replace(world.context, store=other.store)
    return other


def mortal(
    world: World, dies_at: int | None = None, *, unheard: bool = False, shards: int = SHARDS
) -> tuple[World, Mortal]:
    """Return the same tenant in a process that is killed at a call; with None never."""
    client = Mortal(world.client, dies_at, unheard=unheard)
    return in_order(world, client, shards=shards), client


def interrupted(world: World, act: Callable[[World], Any], dies_at: int, *, unheard: bool) -> bool:
    """Act in a process that is killed at a call; return True if it was killed."""
    other, _ = mortal(world, dies_at, unheard=unheard)
    try:
        act(other)
    except Killed:
        return True
    return False
