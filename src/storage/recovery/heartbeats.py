"""The heartbeats of runs, and the task runs that recovery compares them with."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from domain.flow_runs.states import KIND_OF, Kind
from domain.recovery.leaving import KeptTaskRun
from domain.recovery.rules import Heartbeat
from domain.task_runs.task_runs import Address, TaskRun
from storage.dynamodb.items import Item
from storage.dynamodb.table import Table
from storage.histories.history_items import current_state
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
# A filter does not make the read cheaper, but it keeps items out of the response that recovery does not need.
_IS_ACTIVE: Final = f"#state IN ({', '.join(_ACTIVE)})"


class Heartbeats:
    """The heartbeats and task runs of one tenant, as recovery reads them."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys

    def newest(self, flow_run_ids: Sequence[str]) -> dict[str, Heartbeat]:
        """Return the newest heartbeats of the flow runs that have one. The read may be a moment late."""
        found = self._table.batch_get(
            [key(self._keys.run(flow_run_id), HEARTBEAT) for flow_run_id in flow_run_ids]
        )
        return {
            self._keys.run_id(read_text(item, "pk")): Heartbeat(_time(item), "alone" in item)
            for item in found
        }

    def of_task_runs(self, flow_run_id: str, *, consistent: bool) -> dict[Address, datetime]:
        """Return the newest heartbeats of the task runs of a flow run that ever had one."""
        items = self._query(flow_run_id, _OF_TASK_RUNS, consistent)
        return {self._owner(item): _time(item) for page in items for item in page}

    def _owner(self, item: Item) -> Address:
        sk = read_text(item, "sk").removeprefix(_OF_TASK_RUNS)
        return address_of(self._keys, {"pk": item["pk"], "sk": text(sk)})

    def active_task_runs(self, flow_run_id: str, *, consistent: bool) -> Iterator[list[TaskRun]]:
        """Yield the task runs of a flow run that are waiting, Submitted or being worked on, in batches."""
        pages = self._query(
            flow_run_id,
            ANY_TASK_RUN,
            consistent,
            FilterExpression=_IS_ACTIVE,
            ExpressionAttributeNames={"#state": "state"},
            values=_ACTIVE,
        )
        return ([decode_task_run(self._keys, item, self._table.memory) for item in page] for page in pages)

    def kept_task_runs(self, flow_run_id: str) -> list[KeptTaskRun] | None:
        """Read all task runs of a flow run consistently. Return None if they have more than a megabyte."""
        page = self._table.query(
            **in_partition(self._keys.run(flow_run_id), ANY_TASK_RUN),
            ProjectionExpression="pk, sk, #state, states, version",
            ExpressionAttributeNames={"#state": "state"},
            ConsistentRead=True,
        )
        return [self._kept(item) for item in page.items] if page.next_key is None else None

    def _kept(self, item: Item) -> KeptTaskRun:
        address, state = address_of(self._keys, item), read_text(item, "state")
        children = (
            current_state(item, self._table.memory).data.get("n_map_states") if state == "Mapped" else None
        )
        is_number = isinstance(children, int) and not isinstance(children, bool) and children >= 0
        return KeptTaskRun(address.number, address.map_index, state, children if is_number else None)

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
