"""Log entries of flow runs and their task runs."""

import hashlib
import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from domain.ids import inner_id
from domain.lazy import Lazy
from domain.texts import cut, left_out
from domain.times import to_micros

_TIMESTAMP: Final = attrgetter("entry.timestamp")
# Made once, because `json.dumps` makes an encoder for each call that has options.
_SORTED: Final = json.JSONEncoder(sort_keys=True)
LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
DEFAULT_LEVEL: Final = "INFO"
# Other names and numbers that Python's logging has for the same levels.
_NAMES: Final = {"WARN": "WARNING", "FATAL": "CRITICAL"}
_NUMBERS: Final = {10: "DEBUG", 20: "INFO", 30: "WARNING", 40: "ERROR", 50: "CRITICAL"}
# Clients themselves cut longer messages off.
MAX_MESSAGE: Final = 1_000_000
MAX_NAME: Final = 1_000
# Clients send the entries of five seconds together, up to 4 MB.
MAX_ENTRIES: Final = 20_000
# Entries that are stored together span no more time, so that a reader knows which entries may still come.
SPAN: Final = timedelta(seconds=60)
# Where an entry is in a log: its time, the token of its batch, and its place there.
Position = tuple[datetime, str, int]
# The earliest and the latest time of entries, both included; None for any.
Times = tuple[datetime | None, datetime | None]


@dataclass(slots=True, kw_only=True)
class LogEntry:
    """A log entry; `info` is any JSON that the client sends with the text.

    It is never changed. To say so (`frozen`) would make thousands of them in twice the time.
    """

    flow_run_id: str
    task_run_id: str | None
    timestamp: datetime
    name: str | None
    level: str
    message: str
    info: Any


@dataclass(slots=True)
class KeptEntry:
    """A stored log entry: `token` is that of its batch, `place` its position in the batch.

    `apart` is the `info` of an entry, with the entry's digest, if it stands apart because it is large.
    """

    entry: LogEntry
    token: str
    place: int
    apart: "InfoApart | None" = None

    @property
    def id(self) -> str:
        """Return the identifier of the entry: equal entries of a flow run have the same one."""
        return inner_id(self.entry.flow_run_id, f"log/{self.digest}")

    @property
    def digest(self) -> str:
        """Return the digest of the entry: it differs for different entries of a flow run."""
        return digest_of(self.entry) if self.apart is None else self.apart.digest

    @property
    def info(self) -> Any:
        """Return the `info` of the entry."""
        return self.entry.info if self.apart is None else self.apart.info.value

    @property
    def order(self) -> Position:
        """Return the key by which the entries of a flow run are sorted, the same in every read."""
        return self.entry.timestamp, self.token, self.place


@dataclass(frozen=True, slots=True)
class InfoApart:
    """The large `info` of an entry, unpacked when somebody looks at it, and the digest of the whole entry."""

    digest: str
    info: Lazy[Any]


@dataclass(slots=True, kw_only=True)
class Horizon:
    """How far a walk through a log looks that may have many entries at once.

    As many as `most` wait until it is sure that none comes before them. If more would, those beyond are
    dropped, and `time` is then the last one that the walk comes to. Entries up to `begin`, where the walk
    begins, were returned before and do not count.
    """

    most: int
    begin: Position | None = None
    time: datetime | None = None

    def cut(self, waiting: list[KeptEntry], *, descending: bool) -> list[KeptEntry]:
        """Return the entries up to the horizon, of those that wait in the order of the walk.

        Entries of one time stay together, because equal ones of them are returned once.
        """
        known = 0
        if self.begin is not None:
            known = bisect_left(waiting, True, key=partial(_is_behind, self.begin, descending))
        if len(waiting) <= known + self.most:
            return waiting
        self.time = waiting[known + self.most - 1].entry.timestamp
        return waiting[: bisect_left(waiting, True, key=partial(_is_beyond, self.time, descending))]


def _is_behind(begin: Position, descending: bool, kept: KeptEntry) -> bool:
    return kept.order < begin if descending else kept.order > begin


def _is_beyond(time: datetime, descending: bool, kept: KeptEntry) -> bool:
    return kept.entry.timestamp < time if descending else kept.entry.timestamp > time


def digest_of(entry: LogEntry) -> str:
    """Return a digest of an entry, which has its `info`."""
    content = _SORTED.encode(
        [
            *(to_micros(entry.timestamp), entry.task_run_id, entry.level, entry.name, entry.message),
            entry.info,
        ]
    )
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def without_repeats(ordered: Iterable[KeptEntry]) -> list[KeptEntry]:
    """Return sorted entries, in either direction, without those that equal an earlier entry.

    A client that got no response to a batch sends it again, together with newer entries.
    """
    found: list[KeptEntry] = []
    for _, group in groupby(ordered, key=_TIMESTAMP):
        simultaneous = list(group)
        found += _distinct(simultaneous) if len(simultaneous) > 1 else simultaneous
    return found


def _distinct(entries: list[KeptEntry]) -> list[KeptEntry]:
    """Return the entries without repeats; of equal ones the first in their order stays.

    Only entries of equal texts need their digests, because a digest takes long for a long message.
    """
    texts = Counter(map(_texts, entries))
    step = -1 if entries[0].order > entries[-1].order else 1
    distinct: dict[object, KeptEntry] = {}
    for entry in entries[::step]:
        own = _texts(entry)
        distinct.setdefault(own if texts[own] == 1 else entry.digest, entry)
    return list(distinct.values())[::step]


def _texts(kept: KeptEntry) -> tuple[str | None, ...]:
    entry = kept.entry
    return entry.task_run_id, entry.level, entry.name, entry.message


def level_of(value: object) -> str:
    """Return the level that a client names, in any case; the default level for an unknown name."""
    if isinstance(value, int):
        return _NUMBERS.get(value, DEFAULT_LEVEL)
    name = value.strip().upper() if isinstance(value, str) else ""
    name = _NAMES.get(name, name)
    return name if name in LEVELS else DEFAULT_LEVEL


def kept(entry: LogEntry) -> LogEntry:
    """Return an entry with its text and name cut to the lengths that are stored; a cut text says so."""
    if len(entry.message) <= MAX_MESSAGE and len(entry.name or "") <= MAX_NAME:
        return entry
    name = None if entry.name is None else cut(entry.name, MAX_NAME)
    return replace(entry, message=cut(entry.message, MAX_MESSAGE), name=name)


def without_info(entry: LogEntry, size: int) -> LogEntry:
    """Return an entry without its `info` of this size. Old releases of Core repeat the message in `info`."""
    return replace(entry, info=left_out(size))
