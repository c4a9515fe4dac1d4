"""Releases of Prefect Core, as clients name theirs."""

import re
from typing import Final, NamedTuple

_NUMBERS: Final = re.compile(r"(\d+)\.(\d+)\.(\d+)")


class CoreVersion(NamedTuple):
    """A release of Prefect Core. Releases compare by their numbers."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str | None) -> "CoreVersion | None":
        """Read the numbers that a text begins with, as in "0.15.13+2.g1a2b3c". Return None without any."""
        found = _NUMBERS.match(text or "")
        return cls(*map(int, found.groups())) if found else None
