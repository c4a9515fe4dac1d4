"""Gaps between the calls of one request, in which another request runs as a whole."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

from tests.contract.factories import World


class OneGap:
    """A client that runs another request before its call of one number, counted from 1."""

    def __init__(self, client: Any, gap: int, request: Callable[[], Any]) -> None:
        self._calls = 0
        self._client, self._gap, self._request = client, gap, request
        self._lock = threading.Lock()

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        send = getattr(self._client, operation)

        def call(**arguments: Any) -> Any:
            with self._lock:
                self._calls += 1
                is_gap = self._calls == self._gap
            if is_gap:
                self._request()
            return send(**arguments)

        return call


def put_items_back(world: World, before: Iterable[Any]) -> None:
    """Make the items of a tenant again what they were `before`."""
    wanted = {place_of(item): item for item in before}
    now = {place_of(item): item for item in world.items()}
    for place, item in wanted.items():
        if now.get(place) != item:
            world.table.put(Item=item)
    for place, item in now.items():
        if place not in wanted:
            world.table.delete(Key={"pk": item["pk"], "sk": item["sk"]})


def place_of(item: Any) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]
