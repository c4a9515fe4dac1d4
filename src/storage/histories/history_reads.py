"""Reading what stands beside the item of a flow run or a task run: details, states, the heartbeat."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.histories import HistoryEntry
from domain.flow_runs.states import State
from domain.task_runs.task_runs import TaskRun
from storage.dynamodb.items import Item
from storage.dynamodb.table import Table
from storage.histories.history_items import (
    MOVED_STATES,
    decode_entry,
    is_apart,
    raw_entries,
    state_sk,
    states_sk,
    token_of,
)
from storage.layout.attributes import read_instant, read_number, read_text
from storage.layout.codec import unpack
from storage.layout.keys import DETAILS, heartbeat_sk, key

Run = TypeVar("Run", bound=FlowRun | TaskRun)

# The parts of a run that a caller may ask for; the run's own item is always read.
WANT_DETAILS, WANT_STATE, WANT_HISTORY, WANT_HEARTBEAT = "details", "state", "history", "heartbeat"

Pieces = dict[tuple[str, str], Item]


def complete(
    table: Table, items: Sequence[Item], want: Collection[str], decode: Callable[[Item], Run]
) -> list[Run]:
    """Make items the runs that `decode` makes of them, with the wanted parts.

    Most runs hold everything in their item, and nothing more is read. What else there is costs one batch,
    and a second one only for large states among the old ones. A run of which a part is missing was deleted
    meanwhile, and is left out.
    """
    pieces: Pieces = {}
    beside = [part for item in items for part in _beside(item, want)]
    if not beside:
        return [_assemble(decode(item), item, pieces, want) for item in items]
    _load(table, pieces, beside)
    if WANT_HISTORY in want:
        _load(table, pieces, (part for item in items for part in _large(item, _old(item, pieces))))
    return [_assemble(decode(item), item, pieces, want) for item in items if _is_whole(item, pieces, want)]


def stands_in(table: Table, item: Item, token: bytes, version: int) -> bool:
    """Return whether the entry that follows `version` in a history is the one with this token.

    It may have moved out of the run's item meanwhile: then one more item is read.
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


def _load(table: Table, pieces: Pieces, wanted: Iterable[tuple[str, str]]) -> None:
    missing = [key(*part) for part in dict.fromkeys(wanted) if part not in pieces]
    for item in table.batch_get(missing, consistent=True) if missing else ():
        pieces[read_text(item, "pk"), read_text(item, "sk")] = item


def _beside(item: Item, want: Collection[str]) -> Iterable[tuple[str, str]]:
    pk, raw = read_text(item, "pk"), raw_entries(item)
    if WANT_DETAILS in want and "details_apart" in item:
        yield pk, DETAILS
    if WANT_HEARTBEAT in want:
        yield pk, heartbeat_sk(read_text(item, "sk"))
    if WANT_HISTORY in want:
        yield from ((pk, sk) for sk in _chunks(item))
        yield from _large(item, raw)
    elif WANT_STATE in want:
        yield from _large(item, raw[-1:])


def _chunks(item: Item) -> list[str]:
    return [states_sk(read_text(item, "sk"), first) for first in _chunk_starts(item)]


def _chunk_starts(item: Item) -> range:
    inline_from = read_number(item, "version") - len(item["states"]["L"]) + 1
    return range(1, inline_from, MOVED_STATES)


def _old(item: Item, pieces: Pieces) -> list[bytes]:
    chunks = (pieces.get((read_text(item, "pk"), sk)) for sk in _chunks(item))
    return [raw for chunk in chunks if chunk for raw in raw_entries(chunk)]


def _large(item: Item, entries: Iterable[bytes]) -> Iterable[tuple[str, str]]:
    return ((read_text(item, "pk"), state_sk(token_of(raw))) for raw in entries if is_apart(raw))


def _assemble(run: Run, item: Item, pieces: Pieces, want: Collection[str]) -> Run:
    pk = read_text(item, "pk")
    if isinstance(run, FlowRun) and (apart := pieces.get((pk, DETAILS))) is not None:
        run = replace(run, details=unpack(apart["details"]["B"]))
    entries = list(run.history)
    if WANT_HISTORY in want:
        entries = [decode_entry(raw, place) for place, raw in enumerate(_old(item, pieces), 1)] + entries
    entries = [_whole(pk, entry, pieces) for entry in entries]
    heartbeat = _heartbeat(entries, pieces.get((pk, heartbeat_sk(read_text(item, "sk")))))
    if heartbeat is None and len(entries) == len(run.history) and not pieces:
        return run  # as it was decoded, like all that wait: making runs anew is what costs most here
    return replace(run, history=tuple(entries), heartbeat=heartbeat)


def _is_whole(item: Item, pieces: Pieces, want: Collection[str]) -> bool:
    parts = set(_beside(item, want))
    if WANT_HISTORY in want:
        parts |= set(_large(item, _old(item, pieces)))
    parts.discard((read_text(item, "pk"), heartbeat_sk(read_text(item, "sk"))))
    return parts <= pieces.keys()


def _whole(pk: str, entry: HistoryEntry, pieces: Pieces) -> HistoryEntry:
    apart = pieces.get((pk, state_sk(entry.token)))
    return replace(entry, state=State(unpack(apart["state"]["B"]))) if apart else entry


def _heartbeat(entries: Sequence[HistoryEntry], item: dict[str, Any] | None) -> datetime | None:
    """The newest sign of life: a heartbeat, or the state that says that somebody has the run in hand."""
    signs = [entry.timestamp for entry in entries if entry.state.type in ("Submitted", "Running")]
    if item:
        signs.append(read_instant(item, "at"))
    return max(signs, default=None)
