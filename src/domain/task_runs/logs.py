"""Log entries of flow runs and their task runs."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from domain.ids import inner_id
from domain.texts import cut, left_out
from domain.times import to_micros

LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
DEFAULT_LEVEL: Final = "INFO"
# What Python's logging calls the same by a number, or by another name.
_NAMES: Final = {"WARN": "WARNING", "FATAL": "CRITICAL"}
_NUMBERS: Final = {10: "DEBUG", 20: "INFO", 30: "WARNING", 40: "ERROR", 50: "CRITICAL"}
# Clients cut longer messages off by themselves.
MAX_MESSAGE: Final = 1_000_000
MAX_NAME: Final = 1_000
# Clients send what has gathered in five seconds, up to 4 MB.
MAX_ENTRIES: Final = 20_000
# The entries that are kept together span no more, so that a reader knows what may still come.
SPAN: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One entry; `info` is whatever the client says of it beside its text."""

    flow_run_id: str
    task_run_id: str | None
    timestamp: datetime
    name: str | None
    level: str
    message: str
    info: Any


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """An entry as it is kept: in a batch with a token of its own, at a place in it."""

    entry: LogEntry
    token: str
    place: int

    @property
    def id(self) -> str:
        """Its identifier: the same whenever it is read, and for whatever is equal to it in everything."""
        digest = hashlib.sha256(self.content.encode("utf-8", "surrogatepass")).hexdigest()
        return inner_id(self.entry.flow_run_id, f"log/{digest}")

    @property
    def content(self) -> str:
        """What makes it the entry that it is, of those of its flow run."""
        said = self.entry
        return json.dumps(
            [
                *(to_micros(said.timestamp), said.task_run_id, said.level, said.name, said.message),
                said.info,
            ],
            sort_keys=True,
        )

    @property
    def order(self) -> tuple[datetime, str, int]:
        """Where it stands among the entries of its flow run, the same whenever they are read."""
        return self.entry.timestamp, self.token, self.place


def each_once(ordered: Iterable[KeptEntry]) -> list[KeptEntry]:
    """Entries in their order or its reverse, without those that are equal to an earlier one in everything.

    A client whose batch was taken, but not answered, sends it again with what came since.
    """
    found: list[KeptEntry] = []
    for _, group in groupby(ordered, key=lambda kept: kept.entry.timestamp):
        said_together = list(group)
        found += _distinct(said_together) if len(said_together) > 1 else said_together
    return found


def _distinct(entries: list[KeptEntry]) -> list[KeptEntry]:
    """Of equal entries the first in their order stays, in whichever direction they come."""
    step = -1 if entries[0].order > entries[-1].order else 1
    distinct: dict[str, KeptEntry] = {}
    for each in entries[::step]:
        distinct.setdefault(each.content, each)
    return list(distinct.values())[::step]


def level_of(value: object) -> str:
    """The level that is meant, in any case; one that is not known here is the default one."""
    if isinstance(value, int):
        return _NUMBERS.get(value, DEFAULT_LEVEL)
    name = value.strip().upper() if isinstance(value, str) else ""
    name = _NAMES.get(name, name)
    return name if name in LEVELS else DEFAULT_LEVEL


def kept(entry: LogEntry) -> LogEntry:
    """An entry as far as it is kept: what is too long in it is cut, and says so."""
    if len(entry.message) <= MAX_MESSAGE and len(entry.name or "") <= MAX_NAME:
        return entry
    name = None if entry.name is None else cut(entry.name, MAX_NAME)
    return replace(entry, message=cut(entry.message, MAX_MESSAGE), name=name)


def without_info(entry: LogEntry, size: int) -> LogEntry:
    """An entry without its `info`, which had so many bytes. Old releases of Core repeat the message in it."""
    return replace(entry, info=left_out(size))
