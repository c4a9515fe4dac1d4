"""Projects in the table."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Final

from domain.errors import BadUserInput
from domain.flows.flows import Project
from domain.memory import Memory
from domain.names import MAX_NAME_LENGTH
from domain.rounds import ROUNDS, changed_too_often
from storage.dynamodb.items import Item, Write
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.flows.removals import removed_project
from storage.layout.attributes import instant, read_instant, read_text, text
from storage.layout.codec import pack, unpack
from storage.layout.conditions import EXISTS, IS_NEW
from storage.layout.indexes import BY_TENANT
from storage.layout.keys import FOLLOW_UP, PROJECT, Keys, key
from storage.layout.queries import in_index, in_partition

NAME: Final = "project-name"
# Change the item of a name only while the project has that name: a rename in the meantime has freed it.
NAME_AS_READ: Final = "#order = :read"


class Projects:
    """The projects of one tenant."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys

    def create(self, project: Project) -> None:
        """Put a new project.

        A second item makes its name unique in the tenant. Raises BadUserInput with the text by which
        clients know that the name is taken.
        """
        item = _item(self._keys, project)
        try:
            self._table.transact(
                [
                    {"Put": {"Item": item, "ConditionExpression": IS_NEW}},
                    self._named(project.id, project.name),
                ]
            )
        except Refused as refused:
            holder = refused.items[1]
            if holder is not None and holder.get("project_id", {}).get("S") != project.id:
                raise BadUserInput("Uniqueness violation.") from refused

    def get(self, project_ids: Sequence[str], *, consistent: bool = True) -> list[Project]:
        """Return the projects with these ids; skip unknown ids."""
        found = self._table.batch_get(
            [key(self._keys.project(project_id), PROJECT) for project_id in project_ids],
            consistent=consistent,
        )
        return [_project(self._keys, item, self._table.memory) for item in found]

    def named(self, name: str) -> Project | None:
        """Return the project of this name, read consistently; None if there is none."""
        item = self._table.get(self._name(name)) if len(name) <= MAX_NAME_LENGTH else None
        return next(iter(self.get([read_text(item, "project_id")])), None) if item else None

    def all_named(self, names: Sequence[str]) -> list[Project]:
        """Return the projects of these names, read consistently; skip unknown names.

        Names that no project can have are not asked for, because the database refuses keys of their length.
        """
        possible = [self._name(name) for name in names if len(name) <= MAX_NAME_LENGTH]
        found = self._table.batch_get(possible, consistent=True)
        return self.get([read_text(item, "project_id") for item in found])

    def _name(self, name: str) -> Item:
        return key(self._keys.project_name(name), NAME)

    def all(self) -> list[Project]:
        """Return all projects by name, as they were some moments ago. Tenants have tens, not thousands.

        What is not found so is read again, because it may be new.
        """
        ids = self.ids()
        found = {project.id: project for project in self.get(ids, consistent=False)}
        missing = [project_id for project_id in ids if project_id not in found]
        found |= {project.id: project for project in (self.get(missing) if missing else ())}
        return [found[project_id] for project_id in ids if project_id in found]

    def ids(self) -> list[str]:
        """Return the ids of all projects by name, as the index has them."""
        found = self._table.query_all(**in_index(BY_TENANT, self._keys.projects()))
        return [read_text(item, "pk").rpartition("#")[2] for item in found]

    def describe(self, project_id: str, description: str | None, now: datetime) -> bool:
        """Set or remove the description of a project. Return False if there is no such project."""
        values: Item = {":now": instant(now)}
        update = "SET updated = :now REMOVE description"
        if description is not None:
            update = "SET updated = :now, description = :description"
            values[":description"] = {"B": pack(description)}
        return self._updated(project_id, update, EXISTS, values)

    def rename(self, project_id: str, name: str, now: datetime) -> bool:
        """Rename a project and free its old name. Return False if there is no such project.

        Raises BadUserInput if the name is taken, ApiError.
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
            self._named(project.id, name),
            {"Delete": {"Key": key(self._keys.project_name(project.name), NAME)}},
        ]

    def _named(self, project_id: str, name: str) -> Write:
        item = {**key(self._keys.project_name(name), NAME), "project_id": text(project_id)}
        return {"Put": {"Item": item, "ConditionExpression": IS_NEW}}

    def begin_deleting(self, project_id: str, now: datetime) -> bool:
        """Mark a project, so that nothing moves into it or out of it.

        Return False if there is no such project.
        """
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
        """Delete a project that is marked: first its other items, then the project itself.

        Its marker moves to the present, because requests that began before the mark may still write.
        Raises ApiError.
        """
        pk = self._keys.project(project_id)
        items = self._table.query_all(
            **in_partition(pk),
            ProjectionExpression="pk, sk",
            ConsistentRead=True,
        )
        others = [item for item in items if read_text(item, "sk") not in (PROJECT, FOLLOW_UP)]
        self._table.parallel([partial(self._table.delete, Key=item) for item in others])
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
        raise changed_too_often(f"Project {project_id}")

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


def _project(keys: Keys, item: Item, memory: Memory | None) -> Project:
    return Project(
        id=read_text(item, "pk").rpartition("#")[2],
        tenant_id=keys.tenant,
        name=read_text(item, "order"),
        description=unpack(item["description"]["B"], memory) if "description" in item else None,
        created=read_instant(item, "created"),
        updated=read_instant(item, "updated"),
    )
