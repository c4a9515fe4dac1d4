"""Giving slots of a limit to those who are Running already, whether or not any is free."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from typing import Final

from domain.concurrency.limits import MAX_LIMITS_OF_ONE, ConcurrencyLimit, LimitKind, has_tag
from domain.flow_runs.states import KIND_OF, Kind, State
from domain.rounds import ROUNDS, changed_too_often
from storage.concurrency import concurrency_slots as slots
from storage.dynamodb.items import Item, Write
from storage.dynamodb.table import Refused, Table
from storage.histories.history_items import decode_entry, is_overflow, raw_entries, state_sk, token_of
from storage.layout.attributes import read_text, text
from storage.layout.codec import unpack
from storage.layout.keys import ANY_TASK_RUN, RUN, Keys, key, key_of
from storage.layout.queries import in_partition

# A run that changes meanwhile refuses the others of its transaction too: so no more than this together.
_AT_A_TIME: Final = 25
# It is Running as it was read, and has no slot of the limit yet.
HOLDS_NO_SLOT_OF_IT: Final = "version = :version AND NOT contains(slots, :slot)"
_AT_WORK: Final = {f":{name}": text(name) for name, kind in KIND_OF.items() if kind is Kind.RUNNING}


class SlotCounts:
    """Counts for one limit those who are Running in one tenant."""

    def __init__(self, table: Table, keys: Keys, limit: ConcurrencyLimit) -> None:
        self._table, self._keys, self._limit = table, keys, limit
        (self._pk,) = slots.partitions(keys, [limit])

    def count(self, flow_run_ids: Sequence[str]) -> bool:
        """Give slots to those of these flow runs, or of their task runs, that lack one.

        False when the limit is gone. Raises ApiError.
        """
        found = self._flow_runs if self._limit.kind is LimitKind.LABEL else self._task_runs
        lacking = [item for item in found(flow_run_ids) if self._lacks(item)]
        parts = (lacking[start : start + _AT_A_TIME] for start in range(0, len(lacking), _AT_A_TIME))
        return all(map(self._give, parts))

    def _give(self, lacking: list[Item]) -> bool:
        for _ in range(ROUNDS):
            if not lacking:
                return True
            try:
                self._table.transact([slots.count(self._pk, len(lacking)), *map(self._hold, lacking)])
            except Refused as refused:
                limit, *standing = refused.items
                if limit is not None:
                    return False
                now = [item if seen is None else seen for item, seen in zip(lacking, standing, strict=True)]
                lacking = [item for item in now if item and self._lacks(item)]
            else:
                return True
        raise changed_too_often(f"Runs of concurrency limit {self._limit.name!r}")

    def _hold(self, item: Item) -> Write:
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

    def _lacks(self, item: Item) -> bool:
        """Whether it should hold a slot of the limit, and does not."""
        held = slots.held(item)
        if (
            KIND_OF[read_text(item, "state")] is not Kind.RUNNING
            or self._pk in held
            or len(held) >= MAX_LIMITS_OF_ONE
        ):
            return False
        if self._limit.kind is LimitKind.LABEL:
            return text(self._limit.name) in item.get("labels", {"L": []})["L"]
        return has_tag(self._running(item), self._limit.name)

    def _running(self, item: Item) -> State:
        """The newest state in which a task run began to work: it names the tags."""
        for raw in reversed(raw_entries(item)):
            state = decode_entry(raw, 0).state
            if state.type == "Running":
                apart = (
                    self._table.get(key(read_text(item, "pk"), state_sk(token_of(raw))))
                    if is_overflow(raw)
                    else None
                )
                return State(unpack(apart["state"]["B"])) if apart else state
        return State({"type": "Running"})

    def _flow_runs(self, flow_run_ids: Sequence[str]) -> list[Item]:
        return self._table.batch_get(
            [key(self._keys.run(each), RUN) for each in flow_run_ids], consistent=True
        )

    def _task_runs(self, flow_run_ids: Sequence[str]) -> list[Item]:
        calls: list[Callable[[], list[Item]]] = [partial(self._at_work, each) for each in flow_run_ids]
        return list(chain.from_iterable(self._table.parallel(calls)))

    def _at_work(self, flow_run_id: str) -> list[Item]:
        return self._table.query_all(
            **in_partition(self._keys.run(flow_run_id), ANY_TASK_RUN, _AT_WORK),
            FilterExpression=f"#state IN ({', '.join(_AT_WORK)})",
            ExpressionAttributeNames={"#state": "state"},
            ConsistentRead=True,
        )
