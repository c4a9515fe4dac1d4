"""Task runs in the table: stored from their first state change on, each change one write."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from domain.concurrency.limits import ConcurrencyLimit
from domain.errors import VersionLockingError
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import State
from domain.parts import Part
from domain.task_runs.task_runs import MAX_MAP_INDEX, Address, TaskRun, TaskRunChange
from storage.concurrency import concurrency_slots as slots
from storage.dynamodb.items import Item, Write
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.flow_runs.flow_run_items import decode_run
from storage.histories.history_reads import has_entry, load_parts
from storage.histories.history_writes import Subject
from storage.histories.state_change import StateChange
from storage.histories.stateless_writes import heartbeat, rename
from storage.layout.attributes import read_text, text
from storage.layout.conditions import IS_NEW
from storage.layout.keys import ANY_TASK_RUN, MAPPED, RUN, TASK_RUN, Keys, key, task_run_sk
from storage.layout.queries import in_partition
from storage.queue.waiting_markers import WaitingMarkers
from storage.task_runs.mapped_children import note_key, note_sk
from storage.task_runs.task_run_items import (
    TASK_RUN_INDEX_ATTRIBUTES,
    decode_task_run,
    encode_task_run,
    task_run_index_attributes,
)

if TYPE_CHECKING:
    from domain.flow_runs.known_task_runs import KnownTaskRun


class TaskRuns:
    """The task runs of one tenant."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys
        self._markers = WaitingMarkers(table, keys)

    def find(self, address: Address) -> tuple[FlowRun | None, TaskRun | None]:
        """Read a flow run and one of its task runs, consistently; None in place of what is not stored.

        The task run's current state is whole, however large.
        """
        return self._found(address, self._read_together(address))

    def find_child(self, address: Address) -> tuple[FlowRun | None, TaskRun | None, bool]:
        """Read as `find` does; also return True if there is a note of the task run's block of pointers."""
        notes = [note_key(self._keys, address)] if not address.is_in_id else []
        items = self._read_together(address, *notes)
        return (*self._found(address, items), note_sk(address) in items)

    def _read_together(self, address: Address, *more: Item) -> dict[str, Item]:
        wanted = [key(self._keys.run(address.flow_run_id), RUN), self._key(address), *more]
        return {read_text(item, "sk"): item for item in self._table.batch_get(wanted, consistent=True)}

    def _found(self, address: Address, items: dict[str, Item]) -> tuple[FlowRun | None, TaskRun | None]:
        flow_run, task_run = items.get(RUN), items.get(task_run_sk(address.number, address.map_index))
        whole = load_parts(self._table, [task_run] if task_run else [], (Part.STATE,), self._decode)
        return decode_run(self._keys, flow_run, self._table.memory) if flow_run else None, next(
            iter(whole), None
        )

    def get(self, addresses: Sequence[Address], parts: Collection[Part] = ()) -> list[TaskRun]:
        """Read the task runs that are stored, in the order of their addresses."""
        keys = [self._key(address) for address in addresses]
        items = self._table.batch_get(keys, consistent=True)
        position = {_key_of(task_run_key): number for number, task_run_key in enumerate(keys)}
        items.sort(key=lambda item: position[_key_of(item)])
        return load_parts(self._table, items, parts, self._decode)

    def of_flow_run(
        self,
        flow_run_id: str,
        parts: Collection[Part] = (),
        *,
        mapped: bool | None = None,
        number: int | None = None,
        first_page: int | None = None,
        consistent: bool = True,
    ) -> Iterator[list[TaskRun]]:
        """Yield the stored task runs of a flow run in batches: those of unmapped tasks, then mapped children.

        With `mapped` True only children are read, with False none. `number` selects one task, and needs
        `mapped`. The first batch has at most `first_page` task runs.
        """
        prefix = ANY_TASK_RUN if mapped is None else MAPPED if mapped else TASK_RUN
        prefix += "" if number is None else f"{number:04x}"
        where = {**in_partition(self._keys.run(flow_run_id), prefix), "ConsistentRead": consistent}
        for page in self._table.pages(first_page, **where):
            yield load_parts(self._table, page.items, parts, self._decode)

    def known(
        self,
        flow_run_id: str,
        number: int | None = None,
        first: int = 0,
        last: int = MAX_MAP_INDEX,
        page: int | None = None,
    ) -> Iterator[list["KnownTaskRun"]]:
        """Yield what is known of the stored runs of all tasks, or of the children of one.

        Children have indexes from `first` to `last`. They come in the order of their addresses, in pages of
        so many at most.
        """
        # Hardly any request restarts a run.
        from storage.task_runs.known_task_runs import children, of_tasks, read_known  # noqa: PLC0415

        if number is None:
            where = of_tasks(self._keys, flow_run_id)
        else:
            where = children(self._keys, flow_run_id, number, first, last)
        return read_known(self._table, self._keys, where, page)

    def children(
        self,
        address: Address,
        last: int,
        parts: Collection[Part] = (),
        *,
        descending: bool = False,
        first_page: int | None = None,
    ) -> Iterator[list[TaskRun]]:
        """Yield the stored children of a mapped task from an address to the index `last`, in their order.

        The first batch has at most `first_page` task runs.
        """
        # Few requests page through children.
        from storage.task_runs.known_task_runs import children  # noqa: PLC0415

        where = {
            **children(self._keys, address.flow_run_id, address.number, address.map_index, last),
            "ConsistentRead": True,
            "ScanIndexForward": not descending,
        }
        for page in self._table.pages(first_page, **where):
            yield load_parts(self._table, page.items, parts, self._decode)

    def begin(self, task_run: TaskRun, *, take: Sequence[ConcurrencyLimit] = ()) -> bool:
        """Store a task run with its first states; return False if it is stored already.

        The task run takes a slot of each limit in `take`. Raises NoFreeSlot, PayloadTooLarge, ApiError.
        """
        self._announce([(task_run.flow_run_id, task_run.state)], task_run.latest.timestamp)
        first, *overflow = encode_task_run(self._keys, task_run)
        taken = slots.partitions(self._keys, take)
        if taken:
            first |= slots.held_attribute(taken)
        new = {"Item": first, "ConditionExpression": IS_NEW}
        others = [*map(slots.take, taken), *self._slot_conditions(task_run.address, taken)]
        others += [{"Put": {"Item": item}} for item in overflow]
        try:
            if others:
                self._table.transact([{"Put": new}, *others])
            else:
                self._table.put(**new)
        except Refused as refused:
            standing = refused.items[0]
            if standing is None:
                raise slots.refusal(refused.items[1 : 1 + len(taken)]) from refused
            # A repeat of this write finds its own entry, even if other entries follow it already.
            token, before = task_run.latest.token, task_run.version - 1
            return bool(standing) and has_entry(self._table, standing, token, before)
        return True

    def _slot_conditions(self, address: Address, taken: Sequence[str]) -> list[Write]:
        return [slots.while_running(self._keys.run(address.flow_run_id))] if taken else []

    def _announce(self, states: Iterable[tuple[str, State]], at: datetime) -> None:
        """Put the waiting marker of each flow run of which a task run gets a state in which it waits."""
        first: dict[str, datetime] = {}
        for flow_run_id, state in states:
            due = state.due(at)
            if due is not None:
                first[flow_run_id] = min(due, first.get(flow_run_id, due))
        self._table.parallel([partial(self._markers.put, run_id, due, at) for run_id, due in first.items()])

    def set_state(
        self, change: TaskRunChange, at: datetime, token: bytes, *, take: Sequence[ConcurrencyLimit] = ()
    ) -> TaskRun:
        """Set a state on a task run that is stored; return the task run as this change left it.

        Raises VersionLockingError, NotFound, NoFreeSlot, PayloadTooLarge, ApiError.
        """
        self._announce([(change.address.flow_run_id, change.state)], at)
        return self._set_state(change, at, token, take)

    def _set_state(
        self, change: TaskRunChange, at: datetime, token: bytes, take: Sequence[ConcurrencyLimit] = ()
    ) -> TaskRun:
        address, cached, taken = change.address, change.cached, slots.partitions(self._keys, take)
        subject = Subject(
            noun="task_run",
            id=address.id,
            pk=self._keys.run(address.flow_run_id),
            sk=task_run_sk(address.number, address.map_index),
            decode=self._decode,
            index_attributes=lambda state, at, _item: task_run_index_attributes(
                self._keys, address, cached, state, at
            ),
            index_attribute_names=TASK_RUN_INDEX_ATTRIBUTES,
            keeps_inputs=True,
        )
        return StateChange(
            table=self._table,
            subject=subject,
            version=change.version,
            state=change.state,
            at=at,
            token=token,
            extra_attributes={"cache_key": text(cached.cache_key)} if cached and cached.cache_key else {},
            take=taken,
            slot_conditions=self._slot_conditions(address, taken),
        ).write()

    def set_states(
        self, changes: Sequence[TaskRunChange], at: datetime, token: bytes
    ) -> list[TaskRun | VersionLockingError]:
        """Set states of several task runs side by side; the error of a lost race is returned in its place."""
        self._announce([(change.address.flow_run_id, change.state) for change in changes], at)
        return self._table.parallel([partial(self._set_or_lose, change, at, token) for change in changes])

    def _set_or_lose(
        self, change: TaskRunChange, at: datetime, token: bytes
    ) -> TaskRun | VersionLockingError:
        try:
            return self._set_state(change, at, token)
        except VersionLockingError as lost:
            return lost

    def rename(self, address: Address, name: str, now: datetime) -> bool:
        """Rename a task run; return False if it is not stored."""
        try:
            self._table.update(**rename(self._key(address), name, now))
        except Refused:
            return False
        return True

    def heartbeat(self, address: Address, now: datetime) -> None:
        """Note a heartbeat, even if there is no such task run, because no caller waits for the result."""
        sk = task_run_sk(address.number, address.map_index)
        self._table.put(**heartbeat(self._keys.run(address.flow_run_id), sk, now))

    def _key(self, address: Address) -> Item:
        return key(self._keys.run(address.flow_run_id), task_run_sk(address.number, address.map_index))

    def _decode(self, item: Item) -> TaskRun:
        return decode_task_run(self._keys, item, self._table.memory)


def _key_of(item: Item) -> tuple[str, str]:
    return read_text(item, "pk"), read_text(item, "sk")
