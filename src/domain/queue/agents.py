"""Agents (processes that poll for runs and start them) and the settings that agents may share."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from domain.ids import stable_id
from domain.lazy import Lazy
from domain.sizes import check_json_size

# The time of an agent's last poll is stored at most this often, because agents poll several times a second
# and each note is a write.
NOTED_EVERY: Final = timedelta(seconds=30)
# An agent that neither registered nor polled for this long is removed, because most agents are replaced
# without being deleted.
KEPT: Final = timedelta(days=90)
MAX_SETTINGS_BYTES: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """An agent as it registered. `last_queried` is the time of its last poll, or None before the first."""

    id: str
    tenant_id: str
    type: str
    name: str | None
    labels: list[str]
    core_version: str | None
    agent_config_id: str | None
    created: datetime
    updated: datetime
    last_queried: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentConfig:
    """Settings for all agents that are started with its id. Only agents interpret them."""

    id: str
    tenant_id: str
    name: str | None
    settings: Lazy[Any]
    created: datetime
    updated: datetime


def check_settings(settings: Any) -> Any:
    """Return the settings that agents share. Raises PayloadTooLarge beyond MAX_SETTINGS_BYTES of JSON."""
    return check_json_size(settings, "settings", MAX_SETTINGS_BYTES)


def agent_id(
    tenant_id: str,
    *,
    type: str,  # noqa: A002  (the name in the schema)
    name: str | None,
    labels: list[str],
    core_version: str | None,
    agent_config_id: str | None,
) -> str:
    """Return the id of an agent: the same each time the agent is started. `labels` must be sorted."""
    return stable_id(tenant_id, "agent/" + json.dumps([type, name, labels, core_version, agent_config_id]))
