"""The entities of agents and of the settings that agents share."""

from typing import Final

from operations.reads.entities.description import (
    ID,
    JSON,
    STRING,
    TENANT_ID,
    TIME,
    TIMES,
    TO_TENANT,
    UUID,
    Column,
    Entity,
    Relation,
    named,
)
from operations.reads.plans.agent_plans import plan_agent_configs, plan_agents

AGENT: Final = Entity(
    "agent",
    "A process that polls for runs and starts them.",
    {
        **ID,
        **TENANT_ID,
        **TIMES,
        "name": Column(STRING, named("name"), "The name that the agent was started with.", nullable=True),
        "type": Column(STRING, named("type"), "The agent's class, such as `LocalAgent`."),
        "labels": Column(
            JSON, named("labels"), "The agent's labels: it takes runs that have no other label."
        ),
        "core_version": Column(
            STRING, named("core_version"), "The agent's release of Prefect Core.", nullable=True
        ),
        "agent_config_id": Column(
            UUID, named("agent_config_id"), "The settings that the agent was started with.", nullable=True
        ),
        "last_queried": Column(
            TIME,
            named("last_queried"),
            "The time of the agent's last poll, to half a minute; null before the first poll.",
            nullable=True,
        ),
    },
    {
        **TO_TENANT,
        "agent_config": Relation(
            "agent_config",
            "The settings that the agent was started with.",
            id_column="agent_config_id",
            nullable=True,
        ),
    },
    plan=plan_agents,
)

AGENT_CONFIG: Final = Entity(
    "agent_config",
    "Settings for agents that are started with the id of these settings.",
    {
        **ID,
        **TENANT_ID,
        **TIMES,
        "name": Column(STRING, named("name"), "The name of the settings; need not be unique.", nullable=True),
        "settings": Column(JSON, named("settings.value"), "The settings that agents read.", nullable=True),
    },
    {
        **TO_TENANT,
        "agents": Relation(
            "agent",
            "The agents that were started with these settings.",
            many=True,
            owner_column="agent_config_id",
        ),
    },
    plan=plan_agent_configs,
)
