"""The mapping between log entries and items.

Entries are stored in batches and compressed together, so that a hundred lines take a few write units instead
of a hundred. The sort key of a batch is the time of its last entry, so that a reader who has read up to a
time finds newer entries by key. A batch spans at most SPAN, so that a reader in the order of time knows when
no earlier entry can follow.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from domain.memory import Memory
from domain.sizes import Bound, json_size, json_text
from domain.task_runs.logs import SPAN, InfoApart, KeptEntry, LogEntry, Times, digest_of, without_info
from domain.texts import cut
from domain.times import from_micros, to_micros
from domain.weights import weigh
from storage.dynamodb.items import Item
from storage.layout.attributes import number, read_text
from storage.layout.codec import LOG_DICTIONARY, beginning, kept_packed, pack, pack_text, unpack
from storage.layout.keys import LOG, Keys, key

# The size of a batch in an item. DynamoDB takes 400 KB, and the few other attributes are small.
MAX_BATCH_BYTES: Final = 350_000
# A batch that seems to have more than this is divided, whatever it has exactly. Pieces of its text tell.
_SURELY_TOO_LARGE: Final = 2 * MAX_BATCH_BYTES
_PIECES: Final = 8
_PIECE: Final = 8_000
# What a batch is read as: with the longest message, whatever its characters, and little more.
KEPT_BATCH: Final = Bound(bytes=4_100_000, memory=10_000_000)
# The most entries in a batch. Most batches are far smaller.
MAX_BATCH: Final = 2_000
_TOKEN_BYTES: Final = 8
# The infos of a batch that weighs no more, at most so much for each entry, stand in their rows. In any other
# batch, each info that weighs more than _LIGHT_INFO stands apart.
_LIGHT_BATCH: Final = 20_000
_LIGHT_ENTRY: Final = 2_000
_LIGHT_INFO: Final = 4_000
# The place of the digest in the row of an entry whose info stands apart.
_DIGEST_PLACE: Final = 6
# A packed batch begins with the row of its first entry, and a row with the time.
_FIRST_CHARACTERS: Final = 24
_FIRST_TIME: Final = re.compile(r"\[\[(-?\d{1,18}),")
# Entries, the same packed, and each packed info that stands apart.
_Packed = tuple[list[LogEntry], bytes, list[bytes]]


def encode_logs(
    keys: Keys, flow_run_id: str, entries: Sequence[LogEntry], expires: int | None
) -> Iterator[Item]:
    """Yield the items of a flow run's entries, in the order of their times.

    The same entries make the same items, so that writing them again changes nothing. `expires` is in seconds
    since 1970; None keeps the entries for ever.
    """
    for batch in _batches(sorted(entries, key=lambda entry: entry.timestamp)):
        for part, packed, infos in _packed(batch):
            token = hashlib.sha256(b"".join((packed, *infos))).digest()[:_TOKEN_BYTES].hex()
            item: Item = {
                **key(keys.run(flow_run_id), f"{log_sk(part[-1].timestamp)}#{token}"),
                "entries": {"B": packed},
            }
            if infos:
                item["infos"] = {"L": [{"B": info} for info in infos]}
            if expires is not None:
                item["expires"] = number(expires)
            yield item


def _batches(entries: Sequence[LogEntry]) -> Iterator[list[LogEntry]]:
    batch: list[LogEntry] = []
    for entry in entries:
        if batch and (entry.timestamp - batch[0].timestamp > SPAN or len(batch) == MAX_BATCH):
            yield batch
            batch = []
        batch.append(entry)
    if batch:
        yield batch


def _packed(entries: list[LogEntry]) -> Iterator[_Packed]:
    text = json_text([_row(entry) for entry in entries])
    whole = text.encode("utf-8", "surrogatepass")
    size = _about_packed(whole)
    # A batch that is much too large is divided before it is weighed and packed in vain.
    if len(entries) == 1 or size <= _SURELY_TOO_LARGE:
        weight = weigh(text)
        size = 2 * MAX_BATCH_BYTES
        if len(whole) <= KEPT_BATCH.bytes and weight <= KEPT_BATCH.memory:
            is_light = weight <= _LIGHT_BATCH + _LIGHT_ENTRY * len(entries)
            packed, infos = (pack_text(whole, LOG_DICTIONARY), []) if is_light else _apart(entries)
            size = len(packed) + sum(map(len, infos))
            if size <= MAX_BATCH_BYTES:
                yield entries, packed, infos
                return
    if len(entries) > 1:
        step = -(-len(entries) // (size // MAX_BATCH_BYTES + 1))
        for start in range(0, len(entries), step):
            yield from _packed(entries[start : start + step])
    else:
        yield _fitting(entries[0])


def _about_packed(text: bytes) -> int:
    """Return about how many bytes a text has when it is packed, by some pieces of it; 0 if it is short."""
    if len(text) <= _SURELY_TOO_LARGE:
        return 0
    places = range(0, len(text), len(text) // _PIECES)
    pieces = b"".join(text[place : place + _PIECE] for place in places)
    return len(text) * len(pack_text(pieces, LOG_DICTIONARY)) // len(pieces)


def _apart(entries: list[LogEntry]) -> tuple[bytes, list[bytes]]:
    """Return packed entries without their large infos, and each of these infos packed.

    A list of entries unpacks only the infos that it shows.
    """
    rows, infos = [], []
    for entry in entries:
        text = "" if entry.info is None else json_text(entry.info)
        if weigh(text) <= _LIGHT_INFO:
            rows.append(_row(entry))
            continue
        row = _row(replace(entry, info=None))
        rows.append([*row, *[None] * (_DIGEST_PLACE - len(row)), digest_of(entry)])
        infos.append(pack_text(text.encode("utf-8", "surrogatepass"), LOG_DICTIONARY))
    return pack(rows, LOG_DICTIONARY), infos


def _fitting(entry: LogEntry) -> _Packed:
    """Return an entry that is too large for an item without its info and with its message cut to fit."""
    smaller = entry if entry.info is None else without_info(entry, json_size(entry.info))
    characters = len(entry.message)
    while len(packed := pack([_row(smaller)], LOG_DICTIONARY)) > MAX_BATCH_BYTES:
        # Cut 5 % more than the excess, so that few rounds are needed.
        characters = int(characters * 0.95 * MAX_BATCH_BYTES / len(packed))
        smaller = replace(smaller, message=cut(entry.message, characters))
    return [smaller], packed, []


def _row(entry: LogEntry) -> list[object]:
    row = [to_micros(entry.timestamp), entry.level, entry.message, entry.name, entry.task_run_id, entry.info]
    while row[-1] is None:
        row.pop()
    return row


def decode_logs(
    keys: Keys, item: Item, memory: Memory | None = None, times: Times = (None, None)
) -> list[KeptEntry]:
    """Return the entries of a batch between two times, in the order of their times."""
    earliest, latest = (None if time is None else to_micros(time) for time in times)
    flow_run_id, token = keys.run_id(read_text(item, "pk")), read_text(item, "sk").rpartition("#")[2]
    entries = []
    infos = (info["B"] for info in item.get("infos", {"L": []})["L"])
    for number_in_batch, row in enumerate(unpack(item["entries"]["B"], memory)):
        micros, level, message, name, task_run_id, info, digest = (*row, *[None] * 4)[: _DIGEST_PLACE + 1]
        info_apart = next(infos) if digest else None
        if (earliest is not None and micros < earliest) or (latest is not None and micros > latest):
            continue  # to make an entry takes much longer than to pass it
        apart = None if info_apart is None else InfoApart(digest, kept_packed(info_apart, memory))
        entry = LogEntry(
            flow_run_id=flow_run_id,
            task_run_id=task_run_id,
            timestamp=from_micros(micros),
            name=name,
            level=level,
            message=message,
            info=info,
        )
        entries.append(KeptEntry(entry, token, number_in_batch, apart))
    return entries


def first_time(item: Item) -> datetime | None:
    """Return the time of the first entry of a batch without unpacking the others; None if it is not told."""
    found = _FIRST_TIME.match(beginning(item["entries"]["B"], _FIRST_CHARACTERS))
    return None if found is None else from_micros(int(found[1]))


def log_sk(last: datetime) -> str:
    """Return the beginning of the sort key of a batch whose last entry has this time."""
    return f"{LOG}{to_micros(last) + _BEFORE_1970:018d}"


# Added to all times, because times before 1970 are negative numbers, which do not sort as text.
_BEFORE_1970: Final = 10**16


def time_in(sk: str) -> datetime:
    """Return the time of the last entry of the batch with this sort key."""
    return from_micros(int(sk.removeprefix(LOG).partition("#")[0]) - _BEFORE_1970)
