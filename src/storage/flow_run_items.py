"""Flow runs as items, and items as flow runs. Pure: no call is made here.

A run is one item. What may be large stands inside it while it is small and in an item of its own, in the
same partition, when it is not: the details (parameters, context, run config) beyond INLINE_DETAILS bytes,
a state beyond INLINE_STATE, and states older than the newest INLINE_STATES. So the item that every state
change rewrites stays near one write unit however much a run carries.
"""

import struct
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from domain.errors import PayloadTooLarge
from domain.flow_runs import FlowRun, HistoryEntry
from domain.ids import created_from_id
from domain.queue import ANY_LABELS, labels_digest
from domain.states import Kind, State
from domain.times import format_time, from_micros, parse_time, to_micros
from storage.codec import pack, unpack
from storage.keys import DETAILS, RUN, Item, Keys, key

INLINE_DETAILS: Final = 768
INLINE_STATE: Final = 512
INLINE_STATES: Final = 16
# How many of the inline states move to an item of their own when there is no room for one more.
MOVED_STATES: Final = 12
# What these are read as when they are not there.
_ABSENT: Final[tuple[tuple[str, dict[str, Any]], ...]] = (("parameters", {}), ("context", {}))
# DynamoDB's end is 400 KB for an item with its keys.
MAX_PAYLOAD: Final = 380_000

TOKEN_BYTES: Final = 6
_INLINE, _APART = 0, 1
_ENTRY: Final = struct.Struct(f">BQ{TOKEN_BYTES}s")


@dataclass(frozen=True, slots=True)
class Entry:
    """A history entry as it is stored: inline bytes, and an item beside the run when the state is large."""

    inline: bytes
    apart: Item | None


def encode_entry(pk: str, entry: HistoryEntry) -> Entry:
    """Make a history entry bytes for the run's list. Raises PayloadTooLarge."""
    packed = pack(entry.state.data)
    stamp = to_micros(entry.timestamp)
    if len(packed) <= INLINE_STATE:
        return Entry(_ENTRY.pack(_INLINE, stamp, entry.token) + packed, None)
    apart = {**key(pk, state_sk(entry.token)), "state": {"B": _fitting(packed, "The state")}}
    return Entry(_ENTRY.pack(_APART, stamp, entry.token) + pack(_stub(entry.state)), apart)


def _stub(state: State) -> dict[str, Any]:
    """What the columns of a run need of a state that stands elsewhere."""
    stub: dict[str, Any] = {"type": state.type, "message": (state.message or "")[:100]}
    if state.data.get("start_time") is not None:
        # Written anew: as the client wrote it, it may be as long as the state.
        stub["start_time"] = format_time(parse_time(state.data["start_time"], "state.start_time"))
    return stub


def _fitting(packed: bytes, what: str) -> bytes:
    if len(packed) > MAX_PAYLOAD:
        raise PayloadTooLarge(
            f"{what} has {len(packed):,} bytes when compressed; at most {MAX_PAYLOAD:,} can be kept. "
            "Put large data where the flow can read it, and pass its address."
        )
    return packed


def state_sk(token: bytes) -> str:
    """Sort key of a large state."""
    return f"state#{token.hex()}"


def states_sk(first: int) -> str:
    """Sort key of the item that holds MOVED_STATES older states, from version `first` on."""
    return f"states#{first:08d}"


def status_key(
    keys: Keys, flow_run_id: str, state: State, timestamp: datetime, labels: Collection[str] | None = None
) -> Item:
    """Where index by_status lists a run in this state; {} where it does not.

    `queue` is in the order of start times and holds just what is due some day, with a digest of the labels
    where the writer knows them; `live` has what was taken from it; what ended without success is listed by
    its type. A success is listed nowhere, so that the common end of a run costs no index more:
    docs/data-model.md has the arithmetic.
    """
    if state.kind is Kind.FINISHED and state.type == "Success":
        return {}
    due = state.due(timestamp)
    status = "queue" if due else state.type if state.kind is Kind.FINISHED else "live"
    shard = keys.shard_of(flow_run_id)
    return {
        "status_shard": {"S": keys.status_runs(status, shard)},
        "status_order": {"S": waiting_order(due, labels) if due else flow_run_id},
    }


def start_order(due: datetime) -> str:
    """A start time as text that sorts as times do: before every sort key of what waits for that time."""
    return due.strftime("%Y-%m-%dT%H:%M:%S.%f")


def waiting_order(due: datetime, labels: Collection[str] | None = None) -> str:
    """Sort key of what waits: its start time, then the digest of its labels; None where they aren't known."""
    return f"{start_order(due)}#{ANY_LABELS if labels is None else labels_digest(labels)}"


def relabelled(order: str, labels: Collection[str]) -> str:
    """The same sort key for other labels."""
    return f"{order.partition('#')[0]}#{labels_digest(labels)}"


def digest_in(order: str) -> str:
    """The digest of the labels in a sort key of what waits; those of release 0.1.0 had none."""
    _, mark, digest = order.partition("#")
    return digest if mark else ANY_LABELS


def encode_run(keys: Keys, run: FlowRun) -> list[Item]:
    """Make a new run items: the run first, then whatever is too large to stand in it."""
    pk = keys.run(run.id)
    shard = keys.shard_of(run.id)
    entries = [encode_entry(pk, entry) for entry in run.history]
    item: Item = {
        **key(pk, RUN),
        "tenant_shard": {"S": keys.tenant_runs(shard)},
        "flow_shard": {"S": keys.group_runs(run.flow_group_id, shard)},
        "order": {"S": run.id},
        **status_key(keys, run.id, run.state, run.latest.timestamp, run.labels),
        "flow_id": {"S": run.flow_id},
        "name": {"S": run.name},
        "version": {"N": str(run.version)},
        "state": {"S": run.state.type},
        "states": {"L": [{"B": entry.inline} for entry in entries]},
        "due": {"N": str(to_micros(run.scheduled_start_time))},
    }
    if run.labels:
        item["labels"] = {"L": [{"S": label} for label in run.labels]}
    if run.auto_scheduled:
        item["auto"] = {"BOOL": True}
    items = [item, *(entry.apart for entry in entries if entry.apart)]
    details = {name: value for name, value in run.details.items() if (name, value) not in _ABSENT}
    if details := {name: value for name, value in details.items() if value is not None}:
        packed = _fitting(pack(details), "The run's parameters, context and run config")
        holder = item if len(packed) <= INLINE_DETAILS else key(pk, DETAILS)
        holder["details"] = {"B": packed}
        if holder is not item:
            item["details_apart"] = {"BOOL": True}
            items.append(holder)
    return items


def decode_run(keys: Keys, item: Item) -> FlowRun:
    """Make the run's item a flow run, with what stands inside it."""
    flow_run_id = keys.run_id(item["pk"]["S"])
    version = int(item["version"]["N"])
    raw = [entry["B"] for entry in item["states"]["L"]]
    history = tuple(decode_entry(entry, version - len(raw) + 1 + place) for place, entry in enumerate(raw))
    renamed = item.get("updated")
    updated = history[-1].timestamp
    return FlowRun(
        id=flow_run_id,
        tenant_id=keys.tenant,
        flow_id=item["flow_id"]["S"],
        flow_group_id=item["flow_shard"]["S"].split("#")[1],
        name=item["name"]["S"],
        labels=[label["S"] for label in item.get("labels", {"L": []})["L"]],
        version=version,
        created=created_from_id(flow_run_id),
        updated=max(updated, from_micros(int(renamed["N"]))) if renamed else updated,
        scheduled_start_time=from_micros(int(item["due"]["N"])),
        auto_scheduled=bool(item.get("auto", {}).get("BOOL")),
        start_time=_time(item, "start_time"),
        end_time=_time(item, "end_time"),
        heartbeat=None,
        details=unpack(item["details"]["B"]) if "details" in item else {},
        history=history,
    )


def _time(item: Item, name: str) -> datetime | None:
    return from_micros(int(item[name]["N"])) if name in item else None


def decode_entry(raw: bytes, version: int) -> HistoryEntry:
    """Make stored bytes a history entry; a state that has an item of its own comes as its stub."""
    _, stamp, token = _ENTRY.unpack_from(raw)
    state = State(unpack(raw[_ENTRY.size :]))
    return HistoryEntry(version=version, timestamp=from_micros(stamp), state=state, token=token)


def is_apart(raw: bytes) -> bool:
    """Whether a stored entry only stands for a state that has an item of its own."""
    return raw[0] == _APART


def token_of(raw: bytes) -> bytes:
    """The token of a stored entry."""
    token: bytes = _ENTRY.unpack_from(raw)[2]
    return token
