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
        "name": Column(STRING, named("name"), "The name that it was started with.", nullable=True),
        "type": Column(STRING, named("type"), "Its kind, such as `LocalAgent`."),
        "labels": Column(JSON, named("labels"), "It takes runs that have none but these."),
        "core_version": Column(
            STRING, named("core_version"), "The release of Prefect Core that it is of.", nullable=True
        ),
        "agent_config_id": Column(
            UUID, named("agent_config_id"), "The settings that it was started with.", nullable=True
        ),
        "last_queried": Column(
            TIME,
            named("last_queried"),
            "When it polled last, to half a minute; null until it did.",
            nullable=True,
        ),
    },
    {
        **TO_TENANT,
        "agent_config": Relation(
            "agent_config",
            "The settings that it was started with.",
            id_column="agent_config_id",
            nullable=True,
        ),
    },
    plan=plan_agents,
)

AGENT_CONFIG: Final = Entity(
    "agent_config",
    "Settings for agents that are started with its id.",
    {
        **ID,
        **TENANT_ID,
        **TIMES,
        "name": Column(STRING, named("name"), "Its name; need not be unique.", nullable=True),
        "settings": Column(JSON, named("settings"), "What its agents read.", nullable=True),
    },
    {**TO_TENANT, "agents": Relation("agent", "Its agents.", many=True, owner_column="agent_config_id")},
    plan=plan_agent_configs,
)
