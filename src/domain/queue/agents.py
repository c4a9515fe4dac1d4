"""Agents: processes that poll for runs and start them, and the settings that they may share."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from domain.ids import stable_id
from domain.sizes import check_json_size

# How exactly it is known when an agent polled last: agents poll several times a second, and each note is a
# write.
NOTED_EVERY: Final = timedelta(seconds=30)
# An agent that was neither registered nor polled for so long is forgotten: most are replaced, not deleted.
KEPT: Final = timedelta(days=90)
MAX_SETTINGS_BYTES: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """An agent as it registered itself; `last_queried` is None until it polls."""

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
    """Settings that agents started with its id read; what they mean is the agents' affair."""

    id: str
    tenant_id: str
    name: str | None
    settings: Any
    created: datetime
    updated: datetime


def check_settings(settings: Any) -> Any:
    """Return the settings that agents share. Raises PayloadTooLarge beyond MAX_SETTINGS_BYTES of JSON."""
    return check_json_size(settings, "settings", MAX_SETTINGS_BYTES)


def agent_id(
    tenant_id: str,
    *,
    type: str,  # noqa: A002  (the clients' word)
    name: str | None,
    labels: list[str],
    core_version: str | None,
    agent_config_id: str | None,
) -> str:
    """The id of the agent that registers so: the same each time it is started. `labels` must be sorted."""
    return stable_id(tenant_id, "agent/" + json.dumps([type, name, labels, core_version, agent_config_id]))
