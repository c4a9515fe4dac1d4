"""Requests at one moment with the same random bits, so that each sends the same bytes as before."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.work import Work
from operations.context import Context
from wiring import App, Settings


class FrozenApp(App):
    """The App of this process, whose requests all happen at one moment."""

    def __init__(self, settings: Settings, dynamodb: Any, now: datetime) -> None:
        super().__init__(settings, dynamodb)
        self._now = now

    def context(
        self,
        core_version: str | None = None,
        agent_id: str | None = None,
        work: Work | None = None,
    ) -> Context:
        """Return the context of a request, with a stopped clock and constant random bits."""
        context = super().context(core_version, agent_id, work)
        return replace(context, now=lambda: self._now, random_bits=_same_bits)


def _same_bits(count: int) -> int:
    return 0x5DEECE66D5DEECE66D5DEECE66D & ((1 << count) - 1)
