"""Agents in the table."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from domain.queue.agents import KEPT, NOTED_EVERY, Agent
from storage.dynamodb.items import Item
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.layout.attributes import (
    epoch_second,
    instant,
    number,
    read_instant,
    read_optional_instant,
    read_optional_text,
    read_text,
    text,
)
from storage.layout.conditions import EXISTS
from storage.layout.indexes import BY_TENANT
from storage.layout.keys import AGENT, Keys, key
from storage.layout.queries import in_index

# Write only once in each span, though several processes see the agent poll.
POLL_NOT_STORED_RECENTLY: Final = (
    "attribute_exists(pk) AND (attribute_not_exists(last_queried) OR last_queried <= :before)"
)


class Agents:
    """The agents of one tenant."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys

    def register(self, agent: Agent) -> None:
        """Store an agent, or note that it was started again. It keeps the time of its creation."""
        attributes: Item = {
            "tenant_shard": text(self._keys.agents()),
            "order": text(agent.id),
            "type": text(agent.type),
            "labels": {"L": [text(label) for label in agent.labels]},
            "updated": instant(agent.updated),
            "expires": _expires(agent.updated),
        }
        for name in ("name", "core_version", "agent_config_id"):
            if (value := getattr(agent, name)) is not None:
                attributes[name] = text(value)
        sets = [
            "#created = if_not_exists(#created, :created)",
            *(f"#{name} = :{name}" for name in attributes),
        ]
        self._table.update(
            Key=self._key(agent.id),
            UpdateExpression=f"SET {', '.join(sets)}",
            ExpressionAttributeNames={f"#{name}": name for name in ("created", *attributes)},
            ExpressionAttributeValues={
                ":created": instant(agent.created),
                **{f":{name}": value for name, value in attributes.items()},
            },
        )

    def note_poll(self, agent_id: str, now: datetime) -> None:
        """Store the time of an agent's poll, unless a recent one is stored or the agent is unknown."""
        try:
            self._table.update(
                Key=self._key(agent_id),
                UpdateExpression="SET last_queried = :now, expires = :expires",
                ConditionExpression=POLL_NOT_STORED_RECENTLY,
                ExpressionAttributeValues={
                    ":now": instant(now),
                    ":before": instant(now - NOTED_EVERY),
                    ":expires": _expires(now),
                },
            )
        except Refused:
            return

    def get(self, agent_ids: Sequence[str]) -> list[Agent]:
        """Return the agents with these ids that exist."""
        found = self._table.batch_get([self._key(agent_id) for agent_id in agent_ids], consistent=True)
        return [_agent(self._keys, item) for item in found]

    def ids(self, limit: int) -> list[str]:
        """Return the ids of up to `limit` agents."""
        page = self._table.query(
            **in_index(BY_TENANT, self._keys.agents()),
            Limit=limit,
        )
        return [read_text(item, "order") for item in page.items]

    def delete(self, agent_id: str) -> bool:
        """Delete an agent. Return True if it existed."""
        return self._table.delete_existing(Key=self._key(agent_id), ConditionExpression=EXISTS)

    def _key(self, agent_id: str) -> Item:
        return key(self._keys.agent(agent_id), AGENT)


def _expires(last_sign: datetime) -> Item:
    return number(epoch_second(last_sign + KEPT))


def _agent(keys: Keys, item: Item) -> Agent:
    return Agent(
        id=read_text(item, "order"),
        tenant_id=keys.tenant,
        type=read_text(item, "type"),
        labels=[label["S"] for label in item["labels"]["L"]],
        created=read_instant(item, "created"),
        updated=read_instant(item, "updated"),
        last_queried=read_optional_instant(item, "last_queried"),
        name=read_optional_text(item, "name"),
        core_version=read_optional_text(item, "core_version"),
        agent_config_id=read_optional_text(item, "agent_config_id"),
    )
