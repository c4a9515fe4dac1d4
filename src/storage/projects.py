"""Projects in the table."""

from collections.abc import Sequence
from typing import Final

from domain.errors import BadUserInput
from domain.flows import Project
from domain.times import from_micros, to_micros
from storage.codec import pack, unpack
from storage.keys import PROJECT, Item, Keys, key
from storage.table import Refused, Table

NAME: Final = "project-name"


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
                            "ConditionExpression": "attribute_not_exists(pk)",
                        }
                    },
                    {
                        "Put": {
                            "Item": {
                                **key(keys.project_name(project.name), NAME),
                                "project_id": {"S": project.id},
                            },
                            "ConditionExpression": "attribute_not_exists(pk)",
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
        return next(iter(self.get([item["project_id"]["S"]])), None) if item else None

    def all(self) -> list[Project]:
        """Every project, by name: tenants have tens of them, not thousands."""
        found = self._table.query_all(
            IndexName="by_tenant",
            KeyConditionExpression="tenant_shard = :tenant",
            ExpressionAttributeValues={":tenant": {"S": self._keys.projects()}},
        )
        return self.get([item["pk"]["S"].rpartition("#")[2] for item in found])


def _item(keys: Keys, project: Project) -> Item:
    item: Item = {
        **key(keys.project(project.id), PROJECT),
        "tenant_shard": {"S": keys.projects()},
        "order": {"S": project.name},
        "created": {"N": str(to_micros(project.created))},
        "updated": {"N": str(to_micros(project.updated))},
    }
    if project.description is not None:
        item["description"] = {"B": pack(project.description)}
    return item


def _project(keys: Keys, item: Item) -> Project:
    return Project(
        id=item["pk"]["S"].rpartition("#")[2],
        tenant_id=keys.tenant,
        name=item["order"]["S"],
        description=unpack(item["description"]["B"]) if "description" in item else None,
        created=from_micros(int(item["created"]["N"])),
        updated=from_micros(int(item["updated"]["N"])),
    )
