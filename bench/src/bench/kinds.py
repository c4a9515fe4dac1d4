"""Kinds of runs whose capacity and dollars are measured, with the states of their lives."""

import json
import random
import string
from dataclasses import dataclass
from typing import Any

from bench.core_states import RETRYING, RUNNING, SUBMITTED, SUCCESS

_DICE = random.Random(7)  # noqa: S311
HEAVY_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of run: its parameters, its labels, and the states that are set one after another.

    The life of such a run is a creation with a key, these states, and two reads by id with all states.
    """

    name: str
    parameters: dict[str, Any]
    labels: tuple[str, ...]
    states: tuple[dict[str, Any], ...] = (SUBMITTED, RUNNING, SUCCESS)

    @property
    def required(self) -> list[str]:
        """The required parameters of its flow."""
        return list(self.parameters)[:1]

    @property
    def description(self) -> str:
        """The size of the parameters, and the numbers of labels and states."""
        size = len(json.dumps(self.parameters, separators=(",", ":"))) if self.parameters else 0
        return f"{size:,} B of parameters, {len(self.labels)} labels, {1 + len(self.states)} states"


def _letters(count: int) -> str:
    # Random letters, because repeated texts would be compressed.
    return "".join(_DICE.choices(string.ascii_lowercase + " ", k=count))


def _large() -> dict[str, Any]:
    parameters: dict[str, Any] = {"dataset": "s3://bucket-name/path/to/data/2026-11-23.parquet"}
    number = 0
    while (left := HEAVY_BYTES - len(json.dumps(parameters, separators=(",", ":")))) > 0:
        # Each parameter takes six bytes of quotes, colon and comma, and eleven of its name.
        parameters[f"partition_{number}"] = _letters(max(1, min(80, left - 18)))
        number += 1
    return parameters


# The kind of run that the budgets hold for.
STANDARD = Kind(
    "standard",
    {
        "dataset": "s3://bucket-name/path/to/data/2026-11-23.parquet",
        "limit": 1000,
        "mode": "incremental",
        "note": _letters(90),
    },
    ("prod", "gpu"),
)
HEAVY = Kind(
    "heavy",
    _large(),
    tuple(f"team-{name}" for name in "abcdefghij"),
    # With the first state, Scheduled, these are thirty.
    (SUBMITTED, RUNNING, *(13 * (RETRYING, RUNNING)), SUCCESS),
)
MINIMAL = Kind("minimal", {}, ())
KINDS = (STANDARD, HEAVY, MINIMAL)
