"""Projects in the table."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Final

from domain.errors import BadUserInput
from domain.flows.flows import Project
from domain.rounds import ROUNDS, changed_too_often
from storage.dynamodb.items import Item, Write
from storage.dynamodb.table import Refused, Table
from storage.flows.removals import removed_project
from storage.layout.attributes import instant, read_instant, read_text, text
from storage.layout.codec import pack, unpack
from storage.layout.conditions import EXISTS, IS_NEW
from storage.layout.indexes import BY_TENANT
from storage.layout.keys import FOLLOW_UP, PROJECT, Keys, key
from storage.layout.queries import in_index, in_partition

NAME: Final = "project-name"
# Its name's own item goes with the name that was read; who renamed it meanwhile freed another.
NAME_AS_READ: Final = "#order = :read"


class Projects:
    """The projects of one tenant."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys

    def create(self, project: Project) -> None:
        """Keep a new project.

        A second item makes its name unique in the tenant. Raises BadUserInput with the text by which
        clients know that the name is taken.
        """
        keys = self._keys
        try:
            self._table.transact(
                [
                    {
                        "Put": {
                            "Item": _item(keys, project),
                            "ConditionExpression": IS_NEW,
                        }
                    },
                    {
                        "Put": {
                            "Item": {
                                **key(keys.project_name(project.name), NAME),
                                "project_id": text(project.id),
                            },
                            "ConditionExpression": IS_NEW,
                        }
                    },
                ]
            )
        except Refused as refused:
            holder = refused.items[1]
            if holder is not None and holder.get("project_id", {}).get("S") != project.id:
                raise BadUserInput("Uniqueness violation.") from refused

    def get(self, project_ids: Sequence[str]) -> list[Project]:
        """Read projects by id, without those that don't exist."""
        found = self._table.batch_get(
            [key(self._keys.project(each), PROJECT) for each in project_ids], consistent=True
        )
        return [_project(self._keys, item) for item in found]

    def named(self, name: str) -> Project | None:
        """The project of that name, as of all writes that were acknowledged."""
        item = self._table.get(key(self._keys.project_name(name), NAME))
        return next(iter(self.get([read_text(item, "project_id")])), None) if item else None

    def all(self) -> list[Project]:
        """Every project, by name: tenants have tens of them, not thousands."""
        found = self._table.query_all(
            **in_index(BY_TENANT, self._keys.projects()),
        )
        return self.get([read_text(item, "pk").rpartition("#")[2] for item in found])

    def describe(self, project_id: str, description: str | None, now: datetime) -> bool:
        """Change what a project says of itself; answers whether there is such a project."""
        values: Item = {":now": instant(now)}
        update = "SET updated = :now REMOVE description"
        if description is not None:
            update = "SET updated = :now, description = :description"
            values[":description"] = {"B": pack(description)}
        return self._updated(project_id, update, EXISTS, values)

    def rename(self, project_id: str, name: str, now: datetime) -> bool:
        """Give a project another name, and free the old one; answers whether there is such a project.

        Raises BadUserInput when the name is taken, ApiError.
        """
        for _ in range(ROUNDS):
            project = next(iter(self.get([project_id])), None)
            if project is None or project.name == name:
                return project is not None
            try:
                self._table.transact(self._renaming(project, name, now))
            except Refused as refused:
                if refused.items[1] is not None and refused.items[0] is None:
                    raise BadUserInput("Uniqueness violation.") from refused
            else:
                return True
        raise changed_too_often(f"Project {project_id}")

    def _renaming(self, project: Project, name: str, now: datetime) -> list[Write]:
        named = {**key(self._keys.project_name(name), NAME), "project_id": text(project.id)}
        return [
            {
                "Update": {
                    "Key": key(self._keys.project(project.id), PROJECT),
                    "UpdateExpression": "SET #order = :name, updated = :now",
                    "ConditionExpression": NAME_AS_READ,
                    "ExpressionAttributeNames": {"#order": "order"},
                    "ExpressionAttributeValues": {
                        ":name": text(name),
                        ":read": text(project.name),
                        ":now": instant(now),
                    },
                }
            },
            {"Put": {"Item": named, "ConditionExpression": IS_NEW}},
            {"Delete": {"Key": key(self._keys.project_name(project.name), NAME)}},
        ]

    def begin_deleting(self, project_id: str, now: datetime) -> bool:
        """Mark a project, and let nothing more into it; answers whether there is such a project."""
        deleting: Write = {
            "Update": {
                "Key": key(self._keys.project(project_id), PROJECT),
                "UpdateExpression": "SET deleting = :yes",
                "ConditionExpression": EXISTS,
                "ExpressionAttributeValues": {":yes": {"BOOL": True}},
            }
        }
        try:
            self._table.transact([deleting, removed_project(self._keys, project_id, now)])
        except Refused:
            return False
        return True

    def delete(self, project_id: str, now: datetime) -> None:
        """Delete a project into which nothing is let any more: what stands beside it, then itself.

        Its marker moves to the present: something may still be on its way.
        """
        pk = self._keys.project(project_id)
        beside = self._table.query_all(
            **in_partition(pk),
            ProjectionExpression="pk, sk",
            ConsistentRead=True,
        )
        keys = [item for item in beside if read_text(item, "sk") not in (PROJECT, FOLLOW_UP)]
        self._table.parallel([partial(self._table.delete, Key=each) for each in keys])
        for _ in range(ROUNDS):
            project = next(iter(self.get([project_id])), None)
            if project is None:
                return
            head = {
                "Key": key(pk, PROJECT),
                "ConditionExpression": NAME_AS_READ,
                "ExpressionAttributeNames": {"#order": "order"},
                "ExpressionAttributeValues": {":read": text(project.name)},
            }
            name = {"Key": key(self._keys.project_name(project.name), NAME)}
            with suppress(Refused):
                marker = removed_project(self._keys, project_id, now)
                self._table.transact([{"Delete": head}, {"Delete": name}, marker])

    def _updated(self, project_id: str, update: str, condition: str, values: Item) -> bool:
        try:
            self._table.update(
                Key=key(self._keys.project(project_id), PROJECT),
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
            )
        except Refused:
            return False
        return True


def _item(keys: Keys, project: Project) -> Item:
    item: Item = {
        **key(keys.project(project.id), PROJECT),
        "tenant_shard": text(keys.projects()),
        "order": text(project.name),
        "created": instant(project.created),
        "updated": instant(project.updated),
    }
    if project.description is not None:
        item["description"] = {"B": pack(project.description)}
    return item


def _project(keys: Keys, item: Item) -> Project:
    return Project(
        id=read_text(item, "pk").rpartition("#")[2],
        tenant_id=keys.tenant,
        name=read_text(item, "order"),
        description=unpack(item["description"]["B"]) if "description" in item else None,
        created=read_instant(item, "created"),
        updated=read_instant(item, "updated"),
    )
