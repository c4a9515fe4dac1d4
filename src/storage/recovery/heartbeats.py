"""What tells whether the processes of runs are alive: heartbeats, and task runs that are under way."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from domain.flow_runs.states import KIND_OF, Kind
from domain.recovery.leaving import Kept
from domain.recovery.rules import Beat
from domain.task_runs.task_runs import Address, TaskRun
from storage.dynamodb.items import Item
from storage.dynamodb.table import Table
from storage.histories.history_writes import current_state
from storage.layout.attributes import read_instant, read_text, text
from storage.layout.keys import ANY_TASK_RUN, HEARTBEAT, Keys, heartbeat_sk, key
from storage.layout.queries import in_partition
from storage.task_runs.task_run_items import address_of, decode_task_run

_OF_TASK_RUNS: Final = heartbeat_sk("")
_ACTIVE: Final = {
    f":{name}": text(name)
    for name, kind in KIND_OF.items()
    if name == "Submitted" or kind in (Kind.SCHEDULED, Kind.RUNNING)
}
# The reads are charged whether or not an item passes; what is not under way need not travel, though.
_IS_ACTIVE: Final = f"#state IN ({', '.join(_ACTIVE)})"


class SignsOfLife:
    """The signs of life of one tenant's runs."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys

    def newest(self, flow_run_ids: Sequence[str]) -> dict[str, Beat]:
        """The newest heartbeats of flow runs, for those that have any; perhaps a moment late."""
        found = self._table.batch_get([key(self._keys.run(each), HEARTBEAT) for each in flow_run_ids])
        return {
            self._keys.run_id(read_text(item, "pk")): Beat(_time(item), "alone" in item) for item in found
        }

    def of_task_runs(self, flow_run_id: str, *, consistent: bool) -> dict[Address, datetime]:
        """The newest heartbeats of a flow run's task runs, for those that ever had any."""
        items = self._query(flow_run_id, _OF_TASK_RUNS, consistent)
        return {self._owner(item): _time(item) for page in items for item in page}

    def _owner(self, item: Item) -> Address:
        sk = read_text(item, "sk").removeprefix(_OF_TASK_RUNS)
        return address_of(self._keys, {"pk": item["pk"], "sk": text(sk)})

    def active_task_runs(self, flow_run_id: str, *, consistent: bool) -> Iterator[list[TaskRun]]:
        """The task runs of a flow run that wait, were taken by an agent or are at work, in batches."""
        pages = self._query(
            flow_run_id,
            ANY_TASK_RUN,
            consistent,
            FilterExpression=_IS_ACTIVE,
            ExpressionAttributeNames={"#state": "state"},
            values=_ACTIVE,
        )
        return ([decode_task_run(self._keys, item) for item in page] for page in pages)

    def kept_task_runs(self, flow_run_id: str) -> list[Kept] | None:
        """All task runs of a flow run that are kept, as of now; None for more than a megabyte of them."""
        page = self._table.query(
            **in_partition(self._keys.run(flow_run_id), ANY_TASK_RUN),
            ProjectionExpression="pk, sk, #state, states, version",
            ExpressionAttributeNames={"#state": "state"},
            ConsistentRead=True,
        )
        return [self._kept(item) for item in page.items] if page.next_key is None else None

    def _kept(self, item: Item) -> Kept:
        address, state = address_of(self._keys, item), read_text(item, "state")
        children = current_state(item).data.get("n_map_states") if state == "Mapped" else None
        is_number = isinstance(children, int) and not isinstance(children, bool) and children >= 0
        return Kept(address.number, address.map_index, state, children if is_number else None)

    def _query(
        self, flow_run_id: str, prefix: str, consistent: bool, values: Item | None = None, **more: Any
    ) -> Iterator[list[Item]]:
        for page in self._table.pages(
            **in_partition(self._keys.run(flow_run_id), prefix, values),
            ConsistentRead=consistent,
            **more,
        ):
            yield page.items


def _time(item: Item) -> datetime:
    return read_instant(item, "at")
