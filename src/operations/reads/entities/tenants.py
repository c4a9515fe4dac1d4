"""Whose data it is."""

from typing import Final

from operations.reads.entities.description import (
    ID,
    STRING,
    Column,
    Entity,
    named,
)

TENANT: Final = Entity(
    "tenant",
    "Whose data this is: nothing is shared between tenants.",
    {
        **ID,
        "name": Column(STRING, named("name"), "The name that people read."),
        "slug": Column(STRING, named("slug"), "The name in addresses."),
    },
)
