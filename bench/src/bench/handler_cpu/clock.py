"""Requests at one moment with the same dice, so that each sends the very bytes that it sent before."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from operations.context import Context
from wiring import App, Settings


class FrozenApp(App):
    """The process's App, whose requests all happen at once."""

    def __init__(self, settings: Settings, dynamodb: Any, now: datetime) -> None:
        super().__init__(settings, dynamodb)
        self._now = now

    def context(
        self, core_version: str | None = None, agent_id: str | None = None, bearer: str | None = None
    ) -> Context:
        """The surroundings of a request, with the clock stopped and the dice loaded."""
        context = super().context(core_version, agent_id, bearer)
        return replace(context, now=lambda: self._now, random_bits=_same_bits)


def _same_bits(count: int) -> int:
    return 0x5DEECE66D5DEECE66D5DEECE66D & ((1 << count) - 1)
