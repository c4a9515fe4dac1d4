"""Flows in the table. The group of a flow's versions decides races between registrations."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from domain.errors import BadUserInput, NotFound
from domain.flows.flows import Flow, FlowGroup
from domain.flows.registration import Registration
from domain.flows.tasks import Task
from domain.ids import stable_id
from domain.json_types import JsonObject
from domain.rounds import ROUNDS, changed_too_often
from storage.dynamodb.items import Item, Write
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.flows.flow_items import (
    OUTLINE,
    TASK_COUNT,
    count_tasks,
    decode_flow,
    decode_serialized,
    decode_tasks,
    encode_serialized,
    encode_tasks,
    newest_revision,
    part_sk,
)
from storage.flows.flow_writes import archiving, registration
from storage.flows.group_items import decode_group
from storage.flows.group_places import Place
from storage.layout.attributes import binary_bytes, number, read_number, read_text
from storage.layout.conditions import AT_REVISION, EXISTS
from storage.layout.keys import FLOW, GROUP, TASKS, Keys, key
from storage.layout.queries import in_partition


class Flows:
    """The flows of one tenant."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys

    def group_id(self, version_group_id: str) -> str:
        """Return the id of a flow group, made from its version group, so that no read is needed."""
        return stable_id(self._keys.tenant, f"flow-group/{version_group_id}")

    def group(self, group_id: str) -> FlowGroup | None:
        """Return a flow group, read consistently; None if there is no such group."""
        item = self._table.get(key(self._keys.group(group_id), GROUP))
        return decode_group(self._keys, item, self._table.memory) if item else None

    def groups(
        self, group_ids: Sequence[str], *, whole: bool = True, consistent: bool = True
    ) -> list[FlowGroup]:
        """Return the flow groups with these ids; skip unknown ids.

        Groups that are not `whole` lack what overrides values of their flows, because it may be large.
        """
        found = self._table.batch_get(
            [key(self._keys.group(group_id), GROUP) for group_id in group_ids], consistent=consistent
        )
        return [decode_group(self._keys, item, self._table.memory, whole=whole) for item in found]

    def version_group_named(self, project_id: str, name: str) -> str | None:
        """Return the version group of the newest flow of this name in a project, if there is one."""
        item = self._table.get(Place(project_id, name).name(self._keys))
        return read_text(item, "version_group_id") if item else None

    def register(self, new: Registration) -> bool:
        """Register a version of a flow and archive the version before, all or nothing.

        Return False if the group, or the holder of the flow's name, changed since it was read. A repeat of a
        write whose response was lost finds its own flow there, and counts as done. Raises NotFound if the
        project is gone, BadUserInput if the tenant may store no further flow.
        """
        try:
            self._table.transact(registration(self._keys, new))
        except Refused as refused:
            own, _, project = refused.items[:3]
            if own is None and project is not None:
                raise NotFound(f"There is no project {new.flow.project_id}.") from refused
            if own is None and new.count is not None and refused.items[-1] is not None:
                raise BadUserInput(
                    f"The tenant may store {new.count.most:,} versions of flows, and does: delete some first."
                ) from refused
            return own is not None
        return True

    def archive(self, flow: Flow, group: FlowGroup | None, now: datetime) -> bool:
        """Archive a version. Return False if its group changed since it was read."""
        try:
            self._table.transact(archiving(self._keys, flow, group, now))
        except Refused:
            return False
        return True

    def get(
        self, flow_ids: Sequence[str], *, consistent: bool = True, with_outlines: bool = True
    ) -> list[Flow]:
        """Return the flows with these ids; skip unknown ids.

        `with_outlines` reads the outlines that have an item of their own; a flow without it seems to have an
        empty one.
        """
        found = self._table.batch_get(
            [key(self._keys.flow(flow_id), FLOW) for flow_id in flow_ids], consistent=consistent
        )
        apart = [_pk(item) for item in found if with_outlines and "outline" not in item]
        outlines = self._outlines(apart, consistent=consistent) if apart else {}
        uncounted = [_id_of(item) for item in found if TASK_COUNT not in item]
        serialized = self.serialized(uncounted) if uncounted else {}
        memory = self._table.memory
        return [
            decode_flow(self._keys, item, outlines.get(_pk(item)), serialized.get(_id_of(item)), memory)
            for item in found
        ]

    def _outlines(self, partitions: Sequence[str], *, consistent: bool) -> dict[str, Item]:
        """Return the items of large outlines by their partition, which are held until they are unpacked."""
        items = self._table.batch_get([key(pk, OUTLINE) for pk in partitions], consistent=consistent)
        if self._table.memory is not None:
            self._table.memory.draw(binary_bytes(items))
        return {_pk(item): item for item in items}

    def serialized(self, flow_ids: Iterable[str]) -> dict[str, JsonObject]:
        """Return the serialized flows by id; each is as large as it was registered."""
        ids = list(flow_ids)
        parts = self._table.parallel([partial(self._parts, flow_id) for flow_id in ids])
        memory = self._table.memory
        found = {}
        for flow_id, items in zip(ids, parts, strict=True):
            if items:
                found[flow_id] = decode_serialized(items, memory)
            if memory is not None:
                memory.give_back(binary_bytes(items))
            items.clear()
        return found

    def tasks(self, flows: Sequence[Flow]) -> dict[str, list[Task]]:
        """Return the tasks of flows by the id of the flow."""
        keys = [key(self._keys.flow(flow.id), TASKS) for flow in flows if flow.task_count]
        found = {read_text(item, "pk"): item for item in self._table.batch_get(keys, consistent=True)}
        missing = {flow.id for flow in flows if flow.task_count and self._keys.flow(flow.id) not in found}
        serialized = self.serialized(missing)
        memory = self._table.memory
        return {
            flow.id: decode_tasks(flow, found.get(self._keys.flow(flow.id)), serialized.get(flow.id), memory)
            for flow in flows
        }

    def _parts(self, flow_id: str) -> list[Item]:
        """Return the parts of one revision; read them again if a rewrite came between."""
        for _ in range(ROUNDS):
            items = self._table.query_all(
                **in_partition(self._keys.flow(flow_id), "serialized#"),
                ConsistentRead=True,
            )
            parts = newest_revision(items)
            if parts is not None:
                if self._table.memory is not None:
                    self._table.memory.draw(binary_bytes(parts))
                return parts
        raise changed_too_often(f"Flow {flow_id}")

    def revision(self, flow_id: str) -> int | None:
        """Return the revision of a serialized flow, the number of its writes; None if there is none."""
        item = self._table.get(key(self._keys.flow(flow_id), FLOW))
        return read_number(item, "revision") if item else None

    def rewrite(self, flow_id: str, serialized: JsonObject, revision: int) -> bool:
        """Replace the serialized flow that has this revision.

        Return False if it has another revision by now.
        """
        sets = f"SET revision = revision + :one, {TASK_COUNT} = :tasks"
        update = self._flow_update(flow_id, sets, AT_REVISION)
        update["Update"]["ExpressionAttributeValues"] = {
            ":one": number(1),
            ":revision": number(revision),
            ":tasks": number(count_tasks(serialized)),
        }
        items = encode_serialized(self._keys, flow_id, serialized, revision + 1)
        tasks = encode_tasks(self._keys, flow_id, serialized)
        puts: list[Write] = [{"Put": {"Item": item}} for item in (*items, tasks)]
        beyond = {"Delete": {"Key": key(self._keys.flow(flow_id), part_sk(len(items)))}}
        try:
            self._table.transact([update, *puts, beyond])
        except Refused:
            return False
        return True

    def set_schedule_active(self, flow_id: str, active: bool) -> bool:
        """Switch a flow's schedule on or off. Return False if there is no such flow."""
        update = self._flow_update(flow_id, "SET schedule_active = :active", EXISTS)["Update"]
        try:
            self._table.update(**update, ExpressionAttributeValues={":active": {"BOOL": active}})
        except Refused:
            return False
        return True

    def _flow_update(self, flow_id: str, update: str, condition: str) -> dict[str, dict[str, Any]]:
        flow = key(self._keys.flow(flow_id), FLOW)
        return {"Update": {"Key": flow, "UpdateExpression": update, "ConditionExpression": condition}}


def _pk(item: Item) -> str:
    return read_text(item, "pk")


def _id_of(item: Item) -> str:
    return str(read_text(item, "pk").rpartition("#")[2])
