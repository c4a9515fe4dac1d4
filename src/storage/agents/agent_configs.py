"""Agent configs in the table: settings that agents share."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from domain.memory import Memory
from domain.queue.agents import AgentConfig
from storage.dynamodb.items import Item
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.layout.attributes import instant, read_instant, read_text, text
from storage.layout.codec import kept_packed, pack
from storage.layout.conditions import EXISTS
from storage.layout.indexes import BY_TENANT
from storage.layout.keys import AGENT_CONFIG, Keys, key
from storage.layout.queries import in_index


class AgentConfigs:
    """The agent configs of one tenant."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys

    def create(self, config: AgentConfig) -> None:
        """Store a new agent config. Its id is new, so a repeat puts the same item again."""
        item: Item = {
            **self._key(config.id),
            "tenant_shard": text(self._keys.agent_configs()),
            "order": text(config.id),
            **_attributes({"name": config.name, "settings": config.settings.value}),
            "created": instant(config.created),
            "updated": instant(config.updated),
        }
        self._table.put(Item=item)

    def update(self, config_id: str, changes: dict[str, Any], now: datetime) -> bool:
        """Change `name`, `settings` or both. Return True if the agent config exists."""
        attributes = {**_attributes(changes), "updated": instant(now)}
        try:
            self._table.update(
                Key=self._key(config_id),
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in attributes),
                ConditionExpression=EXISTS,
                ExpressionAttributeNames={f"#{name}": name for name in attributes},
                ExpressionAttributeValues={f":{name}": value for name, value in attributes.items()},
            )
        except Refused:
            return False
        return True

    def get(self, config_ids: Sequence[str]) -> list[AgentConfig]:
        """Return the agent configs with these ids that exist."""
        found = self._table.batch_get([self._key(config_id) for config_id in config_ids], consistent=True)
        return [_config(self._keys, item, self._table.memory) for item in found]

    def ids(self, limit: int) -> list[str]:
        """Return the ids of up to `limit` agent configs, the oldest first."""
        page = self._table.query(
            **in_index(BY_TENANT, self._keys.agent_configs()),
            Limit=limit,
        )
        return [read_text(item, "order") for item in page.items]

    def delete(self, config_id: str) -> bool:
        """Delete an agent config. Return True if it existed."""
        return self._table.delete_existing(Key=self._key(config_id), ConditionExpression=EXISTS)

    def _key(self, config_id: str) -> Item:
        return key(self._keys.agent_config(config_id), AGENT_CONFIG)


def _attributes(given: dict[str, Any]) -> Item:
    packed = {"settings": {"B": pack(given["settings"])}} if "settings" in given else {}
    if "name" not in given:
        return packed
    return {"name": {"NULL": True} if given["name"] is None else text(given["name"]), **packed}


def _config(keys: Keys, item: Item, memory: Memory | None) -> AgentConfig:
    return AgentConfig(
        id=read_text(item, "order"),
        tenant_id=keys.tenant,
        name=item["name"].get("S"),
        settings=kept_packed(item["settings"]["B"], memory),
        created=read_instant(item, "created"),
        updated=read_instant(item, "updated"),
    )
