"""Log entries as items, and items as log entries. Pure: no call is made here.

Entries are kept in batches, compressed together: a hundred lines take a few write units, not a hundred. A
batch stands under the time of its last entry, so that whoever has read up to a time finds what is newer by
key; and it spans at most SPAN, so that whoever reads in order knows when nothing earlier can follow.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from domain.task_runs.logs import SPAN, KeptEntry, LogEntry, without_info
from domain.texts import cut
from domain.times import from_micros, to_micros
from storage.dynamodb.items import Item
from storage.layout.attributes import number, read_text
from storage.layout.codec import LOG_DICTIONARY, pack, unpack
from storage.layout.keys import LOG, Keys, key

# A batch in one item: well under DynamoDB's 400 KB, since the dozen attributes beside it are small.
MAX_BATCH_BYTES: Final = 350_000
# So many entries are compressed at a time; most batches are far smaller.
MAX_BATCH: Final = 2_000
_TOKEN_BYTES: Final = 8


def encode_logs(
    keys: Keys, flow_run_id: str, entries: Sequence[LogEntry], expires: int | None
) -> Iterator[Item]:
    """Make a flow run's entries items, in the order of their times.

    The same entries make the same items, so that writing them again changes nothing. `expires` is in seconds
    since 1970; None keeps them for ever.
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
    packed = pack([_row(entry) for entry in entries], LOG_DICTIONARY)
    if len(packed) <= MAX_BATCH_BYTES:
        yield entries, packed
    elif len(entries) > 1:
        half = len(entries) // 2
        yield from _packed(entries[:half])
        yield from _packed(entries[half:])
    else:
        yield _fitting(entries[0], packed)


def _fitting(entry: LogEntry, packed: bytes) -> tuple[list[LogEntry], bytes]:
    """One entry that is too large for an item, without its info, and with what fits of its message."""
    smaller = without_info(entry, len(packed)) if entry.info is not None else entry
    characters = len(entry.message)
    while len(packed := pack([_row(smaller)], LOG_DICTIONARY)) > MAX_BATCH_BYTES:
        # Some more than the share that is too much, so that it takes few rounds.
        characters = int(characters * 0.95 * MAX_BATCH_BYTES / len(packed))
        smaller = replace(smaller, message=cut(entry.message, characters))
    return [smaller], packed


def _row(entry: LogEntry) -> list[object]:
    row = [to_micros(entry.timestamp), entry.level, entry.message, entry.name, entry.task_run_id, entry.info]
    while row[-1] is None:
        row.pop()
    return row


def decode_logs(keys: Keys, item: Item) -> list[KeptEntry]:
    """Give back the entries of a batch, in the order of their times."""
    flow_run_id, token = keys.run_id(read_text(item, "pk")), read_text(item, "sk").rpartition("#")[2]
    entries = []
    for place, row in enumerate(unpack(item["entries"]["B"])):
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
        entries.append(KeptEntry(entry, token, place))
    return entries


def log_sk(last: datetime) -> str:
    """The beginning of the sort key of a batch whose last entry is of this time."""
    return f"{LOG}{to_micros(last) + _BEFORE_1970:018d}"


# Times before 1970 are negative numbers, which would not sort as text.
_BEFORE_1970: Final = 10**16


def time_in(sk: str) -> datetime:
    """The time of the last entry of the batch with this sort key."""
    return from_micros(int(sk.removeprefix(LOG).partition("#")[0]) - _BEFORE_1970)
