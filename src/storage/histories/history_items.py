"""Histories as bytes, and bytes as histories: the states of a flow run or a task run. No call is made here.

The newest INLINE_STATES states stand in the run's own item. A state beyond INLINE_STATE bytes has an overflow
item in the same partition, and so have the oldest states, MOVED_STATES in each.
"""

import struct
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from domain.flow_runs.histories import HistoryEntry
from domain.flow_runs.states import Kind, State
from domain.ids import TOKEN_BYTES
from domain.memory import Memory, Share
from domain.times import format_time, from_micros, parse_time, to_micros
from storage.dynamodb.items import Item
from storage.layout.attributes import read_number
from storage.layout.codec import is_plain, pack, pack_whole, unpack
from storage.layout.keys import RUN, key

INLINE_STATE: Final = 512
INLINE_STATES: Final = 16
# The number of inline states that move to an overflow item when there is no room for one more.
MOVED_STATES: Final = 12

_INLINE, _OVERFLOW = 0, 1
_ENTRY: Final = struct.Struct(f">BQ{TOKEN_BYTES}s")


@dataclass(frozen=True, slots=True)
class Entry:
    """A history entry as it is stored: bytes in the run's item; if the state is large, an overflow item."""

    inline: bytes
    overflow: Item | None


def encode_entry(pk: str, entry: HistoryEntry) -> Entry:
    """Encode a history entry for the list in the run's item. Raises PayloadTooLarge."""
    packed, weight, length = pack_whole(entry.state.data, "The state")
    stamp = to_micros(entry.timestamp)
    if len(packed) <= INLINE_STATE and is_plain(weight, packed, length):
        return Entry(_ENTRY.pack(_INLINE, stamp, entry.token) + packed, None)
    overflow = {**key(pk, state_sk(entry.token)), "state": {"B": packed}}
    return Entry(_ENTRY.pack(_OVERFLOW, stamp, entry.token) + pack(_stub(entry.state)), overflow)


def _stub(state: State) -> dict[str, Any]:
    """Return the part of a large state that the columns of its run need."""
    stub: dict[str, Any] = {"type": state.type, "message": (state.message or "")[:100]}
    if state.kind is Kind.SCHEDULED and state.data.get("start_time") is not None:
        # Formatted anew, because the client's own text may be as long as the state.
        stub["start_time"] = format_time(parse_time(state.data["start_time"], "state.start_time"))
    return stub


def state_sk(token: bytes) -> str:
    """Return the sort key of a large state."""
    return f"state#{token.hex()}"


def states_sk(sk: str, first: int) -> str:
    """Return the sort key of MOVED_STATES old states, from version `first` on, of the run at `sk`."""
    return f"states#{first:08d}" if sk == RUN else f"states#{sk}#{first:08d}"


def old_states(version: int) -> list[str]:
    """Return the sort keys of the items that the old states of a flow run of this version may have.

    Each move leaves INLINE_STATES - MOVED_STATES states in the run's item, to which the new one comes.
    """
    inline_from = version - (INLINE_STATES - MOVED_STATES)
    return [states_sk(RUN, first) for first in range(1, inline_from, MOVED_STATES)]


def raw_entries(item: Item) -> list[bytes]:
    """Return the entries in an item, as they are stored."""
    return [entry["B"] for entry in item["states"]["L"]]


def decode_history(item: Item, memory: Memory | Share | None = None) -> tuple[HistoryEntry, ...]:
    """Return the part of a history that stands in the run's item; the last entry is the current state."""
    raw, version = raw_entries(item), read_number(item, "version")
    older = [
        decode_entry(entry, number, memory) for number, entry in enumerate(raw[:-1], version - len(raw) + 1)
    ]
    name = item["state"]["S"] if "state" in item else None
    return (*older, decode_entry(raw[-1], version, memory, name=name))


def current_state(item: Item, memory: Memory | None = None) -> State:
    """Return the newest state in a run's item; of a large state its stub."""
    return decode_entry(raw_entries(item)[-1], read_number(item, "version"), memory).state


def decode_entry(
    raw: bytes, version: int, memory: Memory | Share | None = None, *, name: str | None = None
) -> HistoryEntry:
    """Decode a stored history entry; a state that has an overflow item is returned as its stub.

    The state is unpacked when somebody looks at it. `name` is its type, if that is known without it.
    """
    _, stamp, token = _ENTRY.unpack_from(raw)
    state = State.stored(partial(unpack, raw[_ENTRY.size :], memory, plain=True), name)
    return HistoryEntry(version=version, timestamp=from_micros(stamp), state=state, token=token)


def is_overflow(raw: bytes) -> bool:
    """Return True if the state of a stored entry has an overflow item."""
    return raw[0] == _OVERFLOW


def token_of(raw: bytes) -> bytes:
    """Return the token of a stored entry."""
    token: bytes = _ENTRY.unpack_from(raw)[2]
    return token
