"""Loading the parts of a flow run or a task run that its own item may lack: inputs, states, the heartbeat."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Generic, TypeVar

from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.histories import HistoryEntry
from domain.flow_runs.states import State
from domain.memory import Memory, Share
from domain.parts import Part
from domain.task_runs.task_runs import TaskRun
from storage.dynamodb.items import Item
from storage.dynamodb.table import BATCH_GET_LIMIT, Table
from storage.flow_runs.input_items import decode_inputs, has_inputs_item
from storage.histories.history_items import (
    MOVED_STATES,
    decode_entry,
    is_overflow,
    raw_entries,
    state_sk,
    states_sk,
    token_of,
)
from storage.layout.attributes import binary_bytes, read_instant, read_number, read_text
from storage.layout.codec import unpack
from storage.layout.keys import DETAILS, heartbeat_sk, key

Run = TypeVar("Run", bound=FlowRun | TaskRun)

# The partition key and the sort key of an item.
ItemKey = tuple[str, str]
OverflowItems = dict[ItemKey, Item]


class _Assembly(Generic[Run]):
    """The making of runs from their items and their overflow items."""

    def __init__(self, parts: Collection[Part], decode: Callable[[Item], Run], memory: Memory) -> None:
        self.parts, self.decode, self.memory = parts, decode, memory
        self.overflow: OverflowItems = {}

    def run(self, item: Item) -> Run:
        """Return the run of an item. A run with overflow items notes the memory that these take."""
        run, overflow, share = self.decode(item), self.overflow, Share(self.memory)
        pk, sk = read_text(item, "pk"), read_text(item, "sk")
        entries = self._entries(run, item, share)
        heartbeat = None
        if Part.HEARTBEAT in self.parts:
            heartbeat = newest_heartbeat(entries, overflow.get((pk, heartbeat_sk(sk))))
        if not overflow:
            return run if heartbeat is None else replace(run, heartbeat=heartbeat)
        if isinstance(run, FlowRun) and (inputs := overflow.get((pk, DETAILS))) is not None:
            run = replace(run, inputs=decode_inputs(inputs, share))
        whole = (_whole(entry, overflow.get((pk, state_sk(entry.token))), share) for entry in entries)
        return replace(run, history=tuple(whole), heartbeat=heartbeat, share=share)

    def _entries(self, run: Run, item: Item, share: Share) -> list[HistoryEntry]:
        if not _has_old_states(self.parts):
            return list(run.history)
        old = enumerate(_old_entries(item, self.overflow), 1)
        return [*(decode_entry(raw, version, share) for version, raw in old), *run.history]


def _whole(entry: HistoryEntry, item: Item | None, share: Share) -> HistoryEntry:
    """Return an entry with its large state, which stays packed until somebody looks at it."""
    if item is None:
        return entry
    packed = item["state"]["B"]
    share.draw(len(packed))
    return replace(entry, state=State.stored(partial(unpack, packed, share), entry.state.type))


def load_parts(
    table: Table, items: Sequence[Item], parts: Collection[Part], decode: Callable[[Item], Run]
) -> list[Run]:
    """Return the runs of these items, with the given parts loaded.

    Most runs fit in their own item, and nothing more is read for them. Overflow items cost one batch, and a
    second one only for large states among the old ones. A run that lacks one of its overflow items was
    deleted in the meantime, and is left out.
    """
    wanted = [item_key for item in items for item_key in _overflow_keys(item, parts)]
    if not wanted:
        # Nothing is added to them, because a copy of each run is the largest cost of a list.
        return [decode(item) for item in items]
    assembly = _Assembly(parts, decode, table.memory or Memory.unlimited())
    overflow = assembly.overflow
    _load(table, overflow, wanted)
    if Part.HISTORY in parts:
        old_states = (_large_states(item, _old_entries(item, overflow)) for item in items)
        _load(table, overflow, (item_key for keys in old_states for item_key in keys))
    runs = [assembly.run(item) for item in items if _is_whole(item, overflow, parts)]
    if table.memory is not None:
        table.memory.give_back(binary_bytes(overflow.values()))
    return runs


def has_entry(table: Table, item: Item, token: bytes, version: int) -> bool:
    """Return True if the entry that follows `version` in the history of an item has this token.

    The entry may have moved out of the run's item in the meantime: then one more item is read.
    """
    if token in _tokens(item):
        return True
    starts = (first for first in _chunk_starts(item) if first <= version + 1 < first + MOVED_STATES)
    chunks = (
        table.get(key(read_text(item, "pk"), states_sk(read_text(item, "sk"), first))) for first in starts
    )
    return any(token in _tokens(chunk) for chunk in chunks if chunk)


def _tokens(item: Item) -> list[bytes]:
    return [token_of(raw) for raw in raw_entries(item)]


def _load(table: Table, overflow: OverflowItems, wanted: Iterable[ItemKey]) -> None:
    """Read overflow items, a call after the other, because a hundred of them may have 40 MB.

    Raises PayloadTooLarge if they take more memory than is left.
    """
    missing = [key(*item_key) for item_key in dict.fromkeys(wanted) if item_key not in overflow]
    for start in range(0, len(missing), BATCH_GET_LIMIT):
        found = table.batch_get(missing[start : start + BATCH_GET_LIMIT], consistent=True)
        overflow |= {(read_text(item, "pk"), read_text(item, "sk")): item for item in found}
        if table.memory is not None:
            table.memory.draw(binary_bytes(found))


def _overflow_keys(item: Item, parts: Collection[Part]) -> Iterable[ItemKey]:
    pk, raw = read_text(item, "pk"), raw_entries(item)
    if Part.INPUTS in parts and has_inputs_item(item):
        yield pk, DETAILS
    if Part.HEARTBEAT in parts:
        yield pk, heartbeat_sk(read_text(item, "sk"))
    if _has_old_states(parts):
        yield from ((pk, sk) for sk in _chunk_sks(item))
    if Part.HISTORY in parts:
        yield from _large_states(item, raw)
    elif Part.STATE in parts:
        yield from _large_states(item, raw[-1:])


def _has_old_states(parts: Collection[Part]) -> bool:
    return Part.HISTORY in parts or Part.TYPES in parts


def _chunk_sks(item: Item) -> list[str]:
    return [states_sk(read_text(item, "sk"), first) for first in _chunk_starts(item)]


def _chunk_starts(item: Item) -> range:
    inline_from = read_number(item, "version") - len(item["states"]["L"]) + 1
    return range(1, inline_from, MOVED_STATES)


def _old_entries(item: Item, overflow: OverflowItems) -> list[bytes]:
    chunks = (overflow.get((read_text(item, "pk"), sk)) for sk in _chunk_sks(item))
    return [raw for chunk in chunks if chunk for raw in raw_entries(chunk)]


def _large_states(item: Item, entries: Iterable[bytes]) -> Iterable[ItemKey]:
    return ((read_text(item, "pk"), state_sk(token_of(raw))) for raw in entries if is_overflow(raw))


def _is_whole(item: Item, overflow: OverflowItems, parts: Collection[Part]) -> bool:
    wanted = set(_overflow_keys(item, parts))
    if Part.HISTORY in parts:
        wanted |= set(_large_states(item, _old_entries(item, overflow)))
    wanted.discard((read_text(item, "pk"), heartbeat_sk(read_text(item, "sk"))))
    return wanted <= overflow.keys()


def newest_heartbeat(entries: Sequence[HistoryEntry], item: Item | None) -> datetime | None:
    """Return the time of the newest heartbeat, or of a newer state that a live process or agent sets."""
    signs = (entry.timestamp for entry in reversed(entries) if entry.state.type in ("Submitted", "Running"))
    newest = next(signs, None)
    noted = read_instant(item, "at") if item else None
    return max((sign for sign in (newest, noted) if sign is not None), default=None)
