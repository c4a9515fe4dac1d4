"""Setting a state: one write as a rule, sent until it is known to stand or to be refused."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from domain.errors import ApiError, NotFound
from domain.flow_runs import FlowRun, HistoryEntry, version_conflict
from domain.states import State
from storage import flow_run_writes as writes
from storage.flow_run_items import INLINE_STATES, Entry, decode_run, encode_entry
from storage.flow_run_pieces import stands_in
from storage.keys import RUN, Item, Keys, key
from storage.retries import ATTEMPTS, NO_ANSWER, Unheard, pause_before
from storage.table import Refused, Table, Write

# Each round is lost only to another writer that got on, so this many are never needed by chance.
_ROUNDS: Final = 64


@dataclass(slots=True, kw_only=True)
class StateChange:
    """One wish to set a state. `version` is what the caller holds, None whatever is current.

    `token` makes the entry that it writes unlike any other, so that a repeat finds it.
    """

    table: Table
    keys: Keys
    flow_run_id: str
    version: int | None
    state: State
    at: datetime
    token: bytes
    _unheard: int = field(default=0, init=False)

    def write(self) -> FlowRun:
        """Set the state; answers the run as it is afterwards, history as far as it stands in its item.

        Raises VersionLockingError, NotFound, PayloadTooLarge, ApiError.
        """
        new = HistoryEntry(version=0, timestamp=self.at, state=self.state, token=self.token)
        entry = encode_entry(self.keys.run(self.flow_run_id), new)
        full: Item | None = None
        for _ in range(_ROUNDS):
            try:
                return self._send(entry, full)
            except Refused as refused:
                standing, moved = refused.items[0], False
            except Unheard:
                standing, moved = self._look(), True
            if not standing:
                raise NotFound(f"State update failed: there is no flow run {self.flow_run_id}.")
            run = decode_run(self.keys, standing)
            conflict = self.version is not None and run.version != self.version
            if stands_in(self.table, standing, entry.inline, self.version, moved=moved or conflict):
                return run
            if self.version is not None and conflict:
                raise version_conflict(self.flow_run_id, self.version, run.latest)
            full = standing if len(standing["states"]["L"]) >= INLINE_STATES else None
        raise ApiError(
            f"Too many writers change flow run {self.flow_run_id} at once; the request may be sent again."
        )

    def _send(self, entry: Entry, full: Item | None) -> FlowRun:
        """Append to the list, or where it is full, move its oldest states out first."""
        beside: list[Write] = [{"Put": {"Item": entry.apart}}] if entry.apart else []
        if full is None:
            update = writes.append_state(
                self.keys, self.flow_run_id, self.version, self.state, self.at, entry
            )
        else:
            update, chunk = writes.move_and_append_state(self.keys, full, self.state, self.at, entry)
            beside.append(chunk)
        # A repeat finds its entry under the version that follows the caller's. Without one it may have got
        # any, and may have moved out of reach of the condition: it must not be sent again unseen.
        blindly = self.version is not None
        if not beside:
            return decode_run(self.keys, self.table.update(blindly=blindly, **update))
        self.table.transact([{"Update": update}, *beside], blindly=blindly)
        item = self.table.get(update["Key"])
        if item is None:
            raise NotFound("The flow run was deleted meanwhile.")
        return decode_run(self.keys, item)

    def _look(self) -> Item | None:
        """Read the run, to see whether a write without an answer has changed it."""
        self._unheard += 1
        if self._unheard == ATTEMPTS:
            raise ApiError(NO_ANSWER)
        pause_before(self._unheard)
        return self.table.get(key(self.keys.run(self.flow_run_id), RUN))
