"""The mapping between log entries and items.

Entries are stored in batches and compressed together, so that a hundred lines take a few write units instead
of a hundred. The sort key of a batch is the time of its last entry, so that a reader who has read up to a
time finds newer entries by key. A batch spans at most SPAN, so that a reader in the order of time knows when
no earlier entry can follow.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from domain.memory import Memory
from domain.sizes import Bound, json_size, json_text, within
from domain.task_runs.logs import SPAN, KeptEntry, LogEntry, without_info
from domain.texts import cut
from domain.times import from_micros, to_micros
from storage.dynamodb.items import Item
from storage.layout.attributes import number, read_text
from storage.layout.codec import LOG_DICTIONARY, pack, pack_text, unpack
from storage.layout.keys import LOG, Keys, key

# The size of a batch in an item. DynamoDB takes 400 KB, and the few other attributes are small.
MAX_BATCH_BYTES: Final = 350_000
# What a batch is read as: with the longest message, whatever its characters, and little more.
KEPT_BATCH: Final = Bound(bytes=4_100_000, memory=10_000_000)
# The most entries in a batch. Most batches are far smaller.
MAX_BATCH: Final = 2_000
_TOKEN_BYTES: Final = 8


def encode_logs(
    keys: Keys, flow_run_id: str, entries: Sequence[LogEntry], expires: int | None
) -> Iterator[Item]:
    """Yield the items of a flow run's entries, in the order of their times.

    The same entries make the same items, so that writing them again changes nothing. `expires` is in seconds
    since 1970; None keeps the entries for ever.
    """
    for batch in _batches(sorted(entries, key=lambda entry: entry.timestamp)):
        for part, packed in _packed(batch):
            token = hashlib.sha256(packed).digest()[:_TOKEN_BYTES].hex()
            item: Item = {
                **key(keys.run(flow_run_id), f"{log_sk(part[-1].timestamp)}#{token}"),
                "entries": {"B": packed},
            }
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


def _packed(entries: list[LogEntry]) -> Iterator[tuple[list[LogEntry], bytes]]:
    text = json_text([_row(entry) for entry in entries])
    is_kept = within(text, KEPT_BATCH)
    packed = pack_text(text.encode("utf-8", "surrogatepass"), LOG_DICTIONARY) if is_kept else b""
    if is_kept and len(packed) <= MAX_BATCH_BYTES:
        yield entries, packed
    elif len(entries) > 1:
        half = len(entries) // 2
        yield from _packed(entries[:half])
        yield from _packed(entries[half:])
    else:
        yield _fitting(entries[0])


def _fitting(entry: LogEntry) -> tuple[list[LogEntry], bytes]:
    """Return an entry that is too large for an item without its info and with its message cut to fit."""
    smaller = entry if entry.info is None else without_info(entry, json_size(entry.info))
    characters = len(entry.message)
    while len(packed := pack([_row(smaller)], LOG_DICTIONARY)) > MAX_BATCH_BYTES:
        # Cut 5 % more than the excess, so that few rounds are needed.
        characters = int(characters * 0.95 * MAX_BATCH_BYTES / len(packed))
        smaller = replace(smaller, message=cut(entry.message, characters))
    return [smaller], packed


def _row(entry: LogEntry) -> list[object]:
    row = [to_micros(entry.timestamp), entry.level, entry.message, entry.name, entry.task_run_id, entry.info]
    while row[-1] is None:
        row.pop()
    return row


def decode_logs(keys: Keys, item: Item, memory: Memory | None = None) -> list[KeptEntry]:
    """Return the entries of a batch, in the order of their times."""
    flow_run_id, token = keys.run_id(read_text(item, "pk")), read_text(item, "sk").rpartition("#")[2]
    entries = []
    for number_in_batch, row in enumerate(unpack(item["entries"]["B"], memory)):
        micros, level, message, name, task_run_id, info = (*row, None, None, None)[:6]
        entry = LogEntry(
            flow_run_id=flow_run_id,
            task_run_id=task_run_id,
            timestamp=from_micros(micros),
            name=name,
            level=level,
            message=message,
            info=info,
        )
        entries.append(KeptEntry(entry, token, number_in_batch))
    return entries


def log_sk(last: datetime) -> str:
    """Return the beginning of the sort key of a batch whose last entry has this time."""
    return f"{LOG}{to_micros(last) + _BEFORE_1970:018d}"


# Added to all times, because times before 1970 are negative numbers, which do not sort as text.
_BEFORE_1970: Final = 10**16


def time_in(sk: str) -> datetime:
    """Return the time of the last entry of the batch with this sort key."""
    return from_micros(int(sk.removeprefix(LOG).partition("#")[0]) - _BEFORE_1970)
