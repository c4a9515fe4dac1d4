"""Artifacts in the table: each in its flow run's partition, with a pointer from its id to the artifact.

So one consistent query finds the artifacts of a task run, and they are deleted with their run; an index would
make lists late. Artifact and pointer are written in one transaction, because nothing would find a pointer
whose artifact was never written. The pointer is deleted last. A pointer to nothing stands for no artifact.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from domain.ids import created_from_id
from domain.task_runs.artifacts import Artifact
from storage.dynamodb.items import Item
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.layout.attributes import instant, read_instant, read_text, text
from storage.layout.codec import kept_packed, pack_whole
from storage.layout.conditions import EXISTS
from storage.layout.keys import ARTIFACT, Keys, artifact_sk, key
from storage.layout.queries import in_partition


class Artifacts:
    """The artifacts of one tenant."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys

    def create(self, artifact: Artifact) -> None:
        """Store a new artifact. A repeat of the call puts the same items again.

        Raises PayloadTooLarge, with nothing written, and ApiError.
        """
        place = key(self._keys.run(artifact.flow_run_id), artifact_sk(artifact.task_run_id, artifact.id))
        item: Item = {**place, "kind": text(artifact.kind), **_data(artifact.data.value)}
        pointer = {"run": text(artifact.flow_run_id), "task_run": text(artifact.task_run_id)}
        leads = {**key(self._keys.artifact(artifact.id), ARTIFACT), **pointer}
        self._table.transact([{"Put": {"Item": item}}, {"Put": {"Item": leads}}])

    def get(self, artifact_ids: Sequence[str]) -> list[Artifact]:
        """Read artifacts by id, without those that do not exist."""
        pointers = [self._pointer(artifact_id) for artifact_id in artifact_ids]
        places = [self._place(pointer) for pointer in self._table.batch_get(pointers, consistent=True)]
        return [self._decode(item) for item in self._table.batch_get(places, consistent=True)]

    def of_flow_run(self, flow_run_id: str, task_run_id: str | None = None) -> Iterator[list[Artifact]]:
        """Yield the artifacts of a flow run, or of one task run, the oldest of each task run first."""
        prefix = artifact_sk(task_run_id, "") if task_run_id else f"{ARTIFACT}#"
        for page in self._table.pages(
            **in_partition(self._keys.run(flow_run_id), prefix), ConsistentRead=True
        ):
            yield [self._decode(item) for item in page.items]

    def update(self, artifact_id: str, data: Any, now: datetime) -> bool:
        """Replace the data of an artifact; return True if it exists. Raises PayloadTooLarge."""
        values = {":data": _data(data)["data"], ":now": instant(now)}
        place = self._find(artifact_id)
        if place is None:
            return False
        try:
            self._table.update(
                Key=place,
                UpdateExpression="SET #data = :data, updated = :now",
                ConditionExpression=EXISTS,
                ExpressionAttributeNames={"#data": "data"},
                ExpressionAttributeValues=values,
            )
        except Refused:
            return False
        return True

    def delete(self, artifact_id: str) -> bool:
        """Delete an artifact. Return True if there was one.

        The pointer decides, because it goes last: a deletion that was interrupted is done again.
        """
        place = self._find(artifact_id)
        if place is None:
            return False
        self._table.delete(Key=place)
        return self._table.delete_existing(Key=self._pointer(artifact_id), ConditionExpression=EXISTS)

    def _find(self, artifact_id: str) -> Item | None:
        pointer = self._table.get(self._pointer(artifact_id))
        return self._place(pointer) if pointer else None

    def _pointer(self, artifact_id: str) -> Item:
        return key(self._keys.artifact(artifact_id), ARTIFACT)

    def _place(self, pointer: Item) -> Item:
        artifact_id = read_text(pointer, "pk").rpartition("#")[2]
        return key(
            self._keys.run(read_text(pointer, "run")),
            artifact_sk(read_text(pointer, "task_run"), artifact_id),
        )

    def _decode(self, item: Item) -> Artifact:
        _, task_run_id, artifact_id = read_text(item, "sk").split("#")
        created = created_from_id(artifact_id)
        return Artifact(
            id=artifact_id,
            tenant_id=self._keys.tenant,
            flow_run_id=self._keys.run_id(read_text(item, "pk")),
            task_run_id=task_run_id,
            kind=read_text(item, "kind"),
            data=kept_packed(item["data"]["B"], self._table.memory),
            created=created,
            updated=read_instant(item, "updated") if "updated" in item else created,
        )


def artifact_pointer(keys: Keys, item: Item) -> Item | None:
    """Return the key of the pointer to an artifact; None if the item is no artifact."""
    kind, _, rest = read_text(item, "sk").partition("#")
    return key(keys.artifact(rest.rpartition("#")[2]), ARTIFACT) if kind == ARTIFACT else None


def _data(data: Any) -> Item:
    return {"data": {"B": pack_whole(data, "The artifact's data")[0]}}
