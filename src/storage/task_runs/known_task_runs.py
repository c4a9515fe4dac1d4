"""The types and versions of a flow run's task runs, read without their histories."""

from collections.abc import Iterator
from typing import Any, Final

from domain.flow_runs.known_task_runs import KnownTaskRun
from domain.task_runs.task_runs import NOT_MAPPED
from storage.dynamodb.items import Item
from storage.dynamodb.table import Table
from storage.histories.history_items import current_state
from storage.layout.attributes import read_number, read_text, text
from storage.layout.keys import TASK_RUN, Keys, task_run_sk
from storage.layout.queries import in_partition
from storage.task_runs.task_run_items import address_of

# The types of states of unmapped task runs of which more than the type matters.
_TOLD: Final = ("Pending", "Mapped")


def of_tasks(keys: Keys, flow_run_id: str) -> dict[str, Any]:
    """Select the runs of a flow run's tasks themselves, without mapped children."""
    return in_partition(keys.run(flow_run_id), TASK_RUN)


def children(keys: Keys, flow_run_id: str, number: int, first: int, last: int) -> dict[str, Any]:
    """Select the children of a mapped task from one index to another, both included."""
    values = {
        ":pk": text(keys.run(flow_run_id)),
        ":first": text(task_run_sk(number, first)),
        ":last": text(task_run_sk(number, last)),
    }
    condition = "pk = :pk AND sk BETWEEN :first AND :last"
    return {"KeyConditionExpression": condition, "ExpressionAttributeValues": values}


def read_known(
    table: Table, keys: Keys, where: dict[str, Any], page: int | None
) -> Iterator[list[KnownTaskRun]]:
    """Yield the selected task runs consistently, in pages of so many at most."""
    size: dict[str, Any] = {"Limit": page} if page else {}
    pages = table.pages(
        **where,
        **size,
        ProjectionExpression="pk, sk, #state, states, version",
        ExpressionAttributeNames={"#state": "state"},
        ConsistentRead=True,
    )
    return ([_known(table, keys, item) for item in found.items] for found in pages)


def _known(table: Table, keys: Keys, item: Item) -> KnownTaskRun:
    address, state = address_of(keys, item), read_text(item, "state")
    is_told = state in _TOLD and address.map_index == NOT_MAPPED
    data = current_state(item, table.memory).data if is_told else {}
    message, children = data.get("message"), data.get("n_map_states")
    is_number = isinstance(children, int) and not isinstance(children, bool)
    return KnownTaskRun(
        address.number,
        address.map_index,
        read_number(item, "version"),
        state,
        message if isinstance(message, str) else None,
        children if is_number else None,
    )
