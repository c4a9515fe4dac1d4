"""The entities of secrets, which show names alone, and of key-values."""

from typing import Final

from operations.reads.entities.description import (
    ID,
    JSON,
    STRING,
    TENANT_ID,
    TIMES,
    TO_TENANT,
    Column,
    Entity,
    named,
)
from operations.reads.plans.access_plans import plan_key_values, plan_secrets

SECRET: Final = Entity(
    "secret",
    "The name of a secret. Only `secret_value` reads the value.",
    {"name": Column(STRING, named("name"), "The secret's name.")},
    by_id=False,
    plan=plan_secrets,
)

KEY_VALUE: Final = Entity(
    "key_value",
    "A value under a key, for all flows.",
    {
        **ID,
        **TENANT_ID,
        **TIMES,
        "key": Column(STRING, named("key"), "The key."),
        "value": Column(JSON, named("value.value"), "The value."),
    },
    TO_TENANT,
    plan=plan_key_values,
)
