"""Flow runs in the table: each operation is one call or two, whose condition decides every race."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from domain.concurrency.limits import ConcurrencyLimit
from domain.flow_runs.flow_runs import BeginsByRules, FlowRun, FlowRunChange
from domain.flow_runs.idempotency import IdempotencyKey
from domain.flow_runs.run_totals import LISTED_ENDS, ends_to_mark, hour_to_mark
from domain.parts import Part
from storage.concurrency import concurrency_slots as slots
from storage.dynamodb.items import Item, Write
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.flow_runs.flow_run_items import (
    AUTO,
    BEGUN,
    FLOW_RUN_INDEX_ATTRIBUTES,
    RULES,
    decode_run,
    index_attributes_of_item,
    index_sources,
)
from storage.flow_runs.flow_run_writes import (
    begin_task_runs,
    extra_attributes,
    leave_live_index,
    rename_run,
)
from storage.flow_runs.run_creation import RunCreation
from storage.flow_runs.run_deletion import delete_alone, delete_run
from storage.flow_runs.run_labels import set_labels
from storage.flow_runs.run_totals import RunTotals
from storage.histories.history_reads import load_parts, newest_heartbeat
from storage.histories.history_writes import Subject
from storage.histories.state_change import StateChange, Unless, Watch
from storage.histories.stateless_writes import heartbeat
from storage.layout.attributes import read_text
from storage.layout.keys import RUN, Keys, heartbeat_sk, key

if TYPE_CHECKING:
    from domain.schedules.runs.beside_runs import Beside


class FlowRuns:
    """The flow runs of one tenant."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys
        self._creation = RunCreation(table, keys)
        self._totals = RunTotals(table, keys)

    def create(self, run: FlowRun, idempotency: IdempotencyKey | None, now: datetime) -> str:
        """Store a new flow run; return its id, or the id of the run that the key already stands for.

        Raises IdempotencyKeyReused, PayloadTooLarge, ApiError.
        """
        return self._creation.create(run, idempotency, now)

    def repeat(self, idempotency: IdempotencyKey, now: datetime) -> str | None:
        """Return the id of the run that a key stands for, and move the key's end; None if the key is free.

        Raises IdempotencyKeyReused, ApiError.
        """
        return self._creation.repeat(idempotency, now)

    def named_by(self, scopes: Sequence[str], key: str) -> list[str]:
        """Return the id of the newest run that was created with a key in each of these scopes, if noted."""
        return self._creation.named_by(scopes, key)

    def get(self, flow_run_ids: Sequence[str], parts: Collection[Part], *, consistent: bool) -> list[FlowRun]:
        """Read flow runs in the order of their ids, without those that do not exist."""
        keys = [self._key(flow_run_id) for flow_run_id in flow_run_ids]
        if len(keys) == 1 and consistent:
            item = self._table.get(keys[0])
            return self._with_parts([item] if item else [], parts, consistent=True)
        items = self._table.batch_get(keys, consistent=consistent)
        position = {read_text(run_key, "pk"): number for number, run_key in enumerate(keys)}
        items.sort(key=lambda item: position[read_text(item, "pk")])
        return self._with_parts(items, parts, consistent=consistent)

    def _with_parts(
        self, items: Sequence[Item], parts: Collection[Part], *, consistent: bool
    ) -> list[FlowRun]:
        decode = partial(self._decode, with_inputs=Part.INPUTS in parts)
        whole = [part for part in parts if consistent or part is not Part.HEARTBEAT]
        runs = load_parts(self._table, items, whole, decode)
        return self.with_heartbeats(runs, consistent=False) if len(whole) < len(parts) else runs

    def with_heartbeats(self, runs: Sequence[FlowRun], *, consistent: bool) -> list[FlowRun]:
        """Return the runs with their last heartbeats, which have items of their own."""
        keys = {run.id: key(self._keys.run(run.id), heartbeat_sk(RUN)) for run in runs}
        items = self._table.batch_get(list(keys.values()), consistent=consistent) if runs else []
        found = {self._keys.run_id(read_text(item, "pk")): item for item in items}
        return [replace(run, heartbeat=newest_heartbeat(run.history, found.get(run.id))) for run in runs]

    def set_state(
        self,
        change: FlowRunChange,
        at: datetime,
        token: bytes,
        *,
        take: Sequence[ConcurrencyLimit] = (),
        beside: "Beside | None" = None,
    ) -> FlowRun:
        """Set a state; return the run as this change left it, with the history that stands in its item.

        `token` tells this write from every other write. The run takes a slot of each limit in `take`, and
        what its schedule notes of it is written `beside` the state. Raises VersionLockingError, NotFound,
        NoFreeSlot, HasBegun, BeginsByRules, Overtaken, PayloadTooLarge, ApiError.
        """
        return StateChange(
            table=self._table,
            subject=self._subject(change.flow_run_id),
            version=change.version,
            state=change.state,
            at=at,
            token=token,
            extra_attributes=extra_attributes(change),
            take=slots.partitions(self._keys, take),
            absent_attribute=BEGUN if change.only_if_no_task_run_begun else None,
            watch=self._watch(change, at),
            unless=self._unless(change),
            beside=() if beside is None else self._writes(beside),
        ).write()

    def _unless(self, change: FlowRunChange) -> Unless | None:
        """Return the attributes of runs that begin by rules, if the change is not for these."""
        rules = [RULES] if change.only_without_rules else []
        auto = [AUTO] if change.only_if_not_automatic else []
        return Unless([*rules, *auto], lambda item: BeginsByRules(self._decode(item))) if rules else None

    def _writes(self, beside: "Beside") -> list[Write]:
        # Hardly any change has some.
        from storage.schedules.beside_runs import writes_beside  # noqa: PLC0415

        return writes_beside(self._keys, beside)

    def _watch(self, change: FlowRunChange, now: datetime) -> Watch | None:
        """Mark the hour of a run before a change that its total would miss.

        Return from which types of state it must be marked, if these decide it.
        """
        if hour_to_mark(change.flow_run_id, now) is None:
            return None
        mark = partial(self._totals.touch, change.flow_run_id, now)
        if change.state.type in LISTED_ENDS:
            mark()
            return None
        return Watch(ends_to_mark(change.state.type), mark)

    def begin_task_runs(self, flow_run_id: str) -> bool:
        """Note that a task run is about to be set Running; return False if the flow run is not Running.

        No writer that believes that no task run has begun can end the flow run from then on, or let it wait.
        """
        return self._changed(begin_task_runs(self._key(flow_run_id)))

    def leave_live_index(self, run: FlowRun) -> None:
        """List a flow run where its state belongs, unless its state has changed since it was read."""
        self._changed(leave_live_index(self._keys, run))

    def rename(self, flow_run_id: str, name: str, now: datetime) -> bool:
        """Rename a flow run; return True if it exists."""
        return self._changed(rename_run(self._keys, flow_run_id, name, now))

    def set_labels(self, flow_run_id: str, labels: list[str], now: datetime) -> bool:
        """Replace the labels of a flow run; return True if it exists."""
        return set_labels(self._table, self._keys, flow_run_id, labels, now)

    def heartbeat(self, flow_run_id: str, now: datetime, *, covers_task_runs: bool = False) -> None:
        """Note a heartbeat, even if there is no such flow run, because no caller waits for the result.

        `covers_task_runs` says that the run's process sends no heartbeats for its task runs.
        """
        self._table.put(**heartbeat(self._keys.run(flow_run_id), RUN, now, covers_task_runs=covers_task_runs))

    def delete(
        self,
        flow_run_id: str,
        has_time: Callable[[], bool] = lambda: True,
        mark: Callable[[], None] = lambda: None,
    ) -> bool | None:
        """Delete a flow run with everything that belongs to it but its follow-up: see `run_deletion`.

        `mark` is called before the run's own item is deleted. Return True if there was a run; None if
        `has_time` returned False before the end.
        """
        return delete_run(self._table, self._keys, flow_run_id, has_time, mark)

    def delete_alone(self, flow_run_id: str) -> None:
        """Delete a flow run, and leave what belongs to it to its follow-up: see `run_deletion`."""
        delete_alone(self._table, self._keys, flow_run_id)

    def _changed(self, update: Write) -> bool:
        """Return False if the condition of an update did not hold."""
        try:
            self._table.update(**update)
        except Refused:
            return False
        return True

    def _subject(self, flow_run_id: str) -> Subject[FlowRun]:
        return Subject(
            noun="flow_run",
            id=flow_run_id,
            pk=self._keys.run(flow_run_id),
            sk=RUN,
            decode=self._decode,
            index_attributes=partial(index_attributes_of_item, self._keys, flow_run_id),
            index_attribute_names=FLOW_RUN_INDEX_ATTRIBUTES,
            index_sources=index_sources,
        )

    def _decode(self, item: Item, *, with_inputs: bool = True) -> FlowRun:
        return decode_run(self._keys, item, self._table.memory, with_inputs=with_inputs)

    def _key(self, flow_run_id: str) -> Item:
        return key(self._keys.run(flow_run_id), RUN)
