"""Giving slots of a limit to the runs that are Running already, even if none is free."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from typing import Final

from domain.concurrency.limits import MAX_LIMITS_OF_ONE, ConcurrencyLimit, LimitKind, has_tag
from domain.flow_runs.states import KIND_OF, Kind, State
from domain.rounds import ROUNDS, changed_too_often
from storage.concurrency import concurrency_slots as slots
from storage.dynamodb.items import Item, Write
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.histories.history_items import decode_entry, is_overflow, raw_entries, state_sk, token_of
from storage.layout.attributes import read_text, text
from storage.layout.codec import unpack
from storage.layout.keys import ANY_TASK_RUN, RUN, Keys, key, key_of
from storage.layout.queries import in_partition

# A run that changes in the meantime refuses the whole transaction, so a transaction has only so many runs.
_RUNS_AT_ONCE: Final = 25
# The run is as it was read, and holds no slot of the limit.
HOLDS_NO_SLOT_OF_IT: Final = "version = :version AND NOT contains(slots, :slot)"
_RUNNING_TYPES: Final = {f":{name}": text(name) for name, kind in KIND_OF.items() if kind is Kind.RUNNING}


class SlotCounts:
    """The count of the runs of one tenant that are Running under one limit."""

    def __init__(self, table: Table, keys: Keys, limit: ConcurrencyLimit) -> None:
        self._table, self._keys, self._limit = table, keys, limit
        (self._pk,) = slots.partitions(keys, [limit])

    def count(self, flow_run_ids: Sequence[str]) -> bool:
        """Give a slot to each of these flow runs, or of their task runs, that lacks one.

        Return False if the limit was deleted. Raises ApiError.
        """
        read = self._flow_runs if self._limit.kind is LimitKind.LABEL else self._task_runs
        lacking = [item for item in read(flow_run_ids) if self._lacks_slot(item)]
        starts = range(0, len(lacking), _RUNS_AT_ONCE)
        return all(self._give_slots(lacking[start : start + _RUNS_AT_ONCE]) for start in starts)

    def _give_slots(self, lacking: list[Item]) -> bool:
        for _ in range(ROUNDS):
            if not lacking:
                return True
            try:
                self._table.transact([slots.count(self._pk, len(lacking)), *map(self._hold_slot, lacking)])
            except Refused as refused:
                limit, *standing = refused.items
                if limit is not None:
                    return False
                now = [item if seen is None else seen for item, seen in zip(lacking, standing, strict=True)]
                lacking = [item for item in now if item and self._lacks_slot(item)]
            else:
                return True
        raise changed_too_often(f"Runs of concurrency limit {self._limit.name!r}")

    def _hold_slot(self, item: Item) -> Write:
        return {
            "Update": {
                "Key": key_of(item),
                "UpdateExpression": "SET slots = list_append(if_not_exists(slots, :none), :slots)",
                "ConditionExpression": HOLDS_NO_SLOT_OF_IT,
                "ExpressionAttributeValues": {
                    ":version": item["version"],
                    ":slot": text(self._pk),
                    ":slots": {"L": [text(self._pk)]},
                    ":none": {"L": []},
                },
            }
        }

    def _lacks_slot(self, item: Item) -> bool:
        """Return True if a run should hold a slot of the limit, and does not."""
        held = slots.held_by(item)
        if (
            KIND_OF[read_text(item, "state")] is not Kind.RUNNING
            or self._pk in held
            or len(held) >= MAX_LIMITS_OF_ONE
        ):
            return False
        if self._limit.kind is LimitKind.LABEL:
            return text(self._limit.name) in item.get("labels", {"L": []})["L"]
        return has_tag(self._last_running_state(item), self._limit.name)

    def _last_running_state(self, item: Item) -> State:
        """Return the newest Running state of a task run, whole: it names the tags of the task."""
        for raw in reversed(raw_entries(item)):
            state = decode_entry(raw, 0, self._table.memory).state
            if state.type == "Running":
                return self._whole_state(item, raw) if is_overflow(raw) else state
        return State({"type": "Running"})

    def _whole_state(self, item: Item, raw: bytes) -> State:
        overflow = self._table.get(key(read_text(item, "pk"), state_sk(token_of(raw))))
        return (
            State(unpack(overflow["state"]["B"], self._table.memory))
            if overflow
            else decode_entry(raw, 0, self._table.memory).state
        )

    def _flow_runs(self, flow_run_ids: Sequence[str]) -> list[Item]:
        keys = [key(self._keys.run(flow_run_id), RUN) for flow_run_id in flow_run_ids]
        return self._table.batch_get(keys, consistent=True)

    def _task_runs(self, flow_run_ids: Sequence[str]) -> list[Item]:
        calls: list[Callable[[], list[Item]]] = [partial(self._running, run_id) for run_id in flow_run_ids]
        return list(chain.from_iterable(self._table.parallel(calls)))

    def _running(self, flow_run_id: str) -> list[Item]:
        return self._table.query_all(
            **in_partition(self._keys.run(flow_run_id), ANY_TASK_RUN, _RUNNING_TYPES),
            FilterExpression=f"#state IN ({', '.join(_RUNNING_TYPES)})",
            ExpressionAttributeNames={"#state": "state"},
            ConsistentRead=True,
        )
