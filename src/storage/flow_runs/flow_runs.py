"""Flow runs in the table: each operation a call or two, whose condition decides every race."""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

from domain.concurrency.limits import ConcurrencyLimit
from domain.errors import ApiError
from domain.flow_runs.flow_runs import FlowRun, FlowRunChange
from domain.flow_runs.idempotency import IdempotencyKey, Inputs, check_repeat
from domain.parts import Part
from domain.rounds import ROUNDS
from storage.concurrency import concurrency_slots as slots
from storage.dynamodb.items import Item, Write
from storage.dynamodb.table import Refused, Table
from storage.flow_runs import flow_run_writes as writes
from storage.flow_runs.flow_run_items import (
    BEGUN,
    FLOW_RUN_INDEX_ATTRIBUTES,
    decode_run,
    encode_run,
    index_attributes_of_item,
    index_sources,
    taken_by,
)
from storage.flow_runs.run_deletion import delete_run
from storage.flow_runs.run_labels import set_labels
from storage.histories.history_reads import load_parts
from storage.histories.history_writes import Subject
from storage.histories.state_change import StateChange
from storage.layout.attributes import epoch_second, epoch_second_rounded_up, number, read_number, read_text
from storage.layout.keys import RUN, Keys, key


class FlowRuns:
    """The flow runs of one tenant."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys

    def create(self, run: FlowRun, idempotency: IdempotencyKey | None, now: datetime) -> str:
        """Keep a new run; answers its id, or that of the run which the key already stands for.

        The run and its key are one transaction: there is never one without the other. Raises
        IdempotencyKeyReused, PayloadTooLarge, ApiError.
        """
        new = writes.put_run(encode_run(self._keys, run))
        if idempotency is None:
            self._create_only(new)
            return run.id
        for _ in range(ROUNDS):
            earlier = self._create_with_key(run, new, idempotency, now)
            if earlier is not None:
                return earlier
        raise ApiError(
            f"Too many requests use the key of flow run {run.id} at once; the request may be sent again."
        )

    def _create_only(self, new: list[Write]) -> None:
        try:
            if len(new) == 1:
                self._table.put(**new[0]["Put"])
            else:
                self._table.transact(new)
        except Refused:
            return

    def _create_with_key(
        self, run: FlowRun, new: list[Write], idempotency: IdempotencyKey, now: datetime
    ) -> str | None:
        """One try; None when the key expired under our hands and the next try may take it."""
        try:
            self._table.transact([writes.put_key(self._keys, idempotency, run, now), *new])
        except Refused as refused:
            holder = refused.items[0]
            if holder is None or read_text(holder, "run_id") == run.id:
                return run.id
            return self._use_again(holder, idempotency, now)
        return run.id

    def repeat(self, idempotency: IdempotencyKey, now: datetime) -> str | None:
        """The id of the run that a key stands for, whose end this use moves; None when it stands for none.

        Raises IdempotencyKeyReused, ApiError.
        """
        holder = self._table.get(writes.idempotency_key(self._keys, idempotency))
        if holder is None or read_number(holder, "expires") <= epoch_second(now):
            return None
        return self._use_again(holder, idempotency, now)

    def _use_again(self, holder: Item, idempotency: IdempotencyKey, now: datetime) -> str | None:
        flow_run_id = read_text(holder, "run_id")
        original = Inputs(parameters=holder["parameters"]["B"], context=holder["context"]["B"])
        check_repeat(idempotency.given, original, flow_run_id)
        if not idempotency.slides:
            return flow_run_id
        try:
            self._table.update(**writes.bump_key(self._keys, idempotency, flow_run_id, now))
        except Refused as refused:
            (item,) = refused.items
            stands = item and read_text(item, "run_id") == flow_run_id
            later = item and read_number(item, "expires") >= epoch_second_rounded_up(idempotency.expires)
            return flow_run_id if stands and later else None
        return flow_run_id

    def get(self, flow_run_ids: Sequence[str], parts: Collection[Part], *, consistent: bool) -> list[FlowRun]:
        """Read runs in the order of their ids, without those that don't exist."""
        heads = [key(self._keys.run(flow_run_id), RUN) for flow_run_id in flow_run_ids]
        if len(heads) == 1 and consistent:
            item = self._table.get(heads[0])
            return load_parts(self._table, [item] if item else [], parts, self._decode)
        items = self._table.batch_get(heads, consistent=consistent)
        place = {read_text(pk, "pk"): number for number, pk in enumerate(heads)}
        items.sort(key=lambda item: place[read_text(item, "pk")])
        return load_parts(self._table, items, parts, self._decode)

    def _decode(self, item: Item) -> FlowRun:
        return decode_run(self._keys, item)

    def set_state(
        self, change: FlowRunChange, at: datetime, token: bytes, *, take: Sequence[ConcurrencyLimit] = ()
    ) -> FlowRun:
        """Set a state; return the run as this change left it, with the history that stands in its item.

        `token` tells this write from every other write. The run takes a slot of each limit in `take`. Raises
        VersionLockingError, NotFound, NoFreeSlot, HasBegun, PayloadTooLarge, ApiError.
        """
        also: Item = {}
        if change.times_resurrected is not None:
            also["times_resurrected"] = number(change.times_resurrected)
        if change.agent_id is not None:
            also |= taken_by(change.agent_id)
        return StateChange(
            table=self._table,
            subject=self._subject(change.flow_run_id),
            version=change.version,
            state=change.state,
            at=at,
            token=token,
            also=also,
            take=slots.partitions(self._keys, take),
            unless=BEGUN if change.only_unbegun else None,
        ).write()

    def begin_task_runs(self, flow_run_id: str) -> bool:
        """Note that a task run is about to be set Running; False when the flow run is not Running (any more).

        From then on nobody ends it, or lets it wait, who thinks that none has begun.
        """
        try:
            self._table.update(**writes.begin_task_runs(self._keys, flow_run_id))
        except Refused:
            return False
        return True

    def leave_live_index(self, run: FlowRun) -> None:
        """List a run where its state belongs, unless its state has changed since."""
        with suppress(Refused):
            self._table.update(**writes.leave_live_index(self._keys, run))

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

    def rename(self, flow_run_id: str, name: str, now: datetime) -> bool:
        """Give a run another name; answers whether there is such a run."""
        try:
            self._table.update(**writes.set_name(self._keys, flow_run_id, name, now))
        except Refused:
            return False
        return True

    def set_labels(self, flow_run_id: str, labels: list[str], now: datetime) -> bool:
        """Give a run other labels; answers whether there is such a run."""
        return set_labels(self._table, self._keys, flow_run_id, labels, now)

    def heartbeat(self, flow_run_id: str, now: datetime, *, covers_task_runs: bool = False) -> None:
        """Note a sign of life, whether or not there is such a run: nobody waits for the answer.

        `covers_task_runs` says that the run's process gives none for its task runs.
        """
        self._table.put(**writes.heartbeat(self._keys.run(flow_run_id), RUN, now, alone=covers_task_runs))

    def delete(self, flow_run_id: str, go_on: Callable[[], bool] = lambda: True) -> bool | None:
        """Delete a run with all that belongs to it but what its follow-up takes: see `run_deletion`.

        Answers whether there was one; None when `go_on` said no before the end.
        """
        return delete_run(self._table, self._keys, flow_run_id, go_on)
