"""Secrets and key-values: small JSON values that flows look up by name."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from domain.errors import BadUserInput, NotFound
from domain.ids import stable_id
from domain.names import check_name
from domain.sizes import check_json_text, json_text

# What a standard parameter of AWS holds; each name's value is one.
MAX_SECRET_BYTES: Final = 4_096
# In base64, below a stack's path, this stays under what the name of a parameter of AWS can have.
MAX_NAME_BYTES: Final = 500
# Clients refuse larger ones by themselves.
MAX_VALUE_BYTES: Final = 10_240


@dataclass(frozen=True, slots=True)
class Secret:
    """That there is a secret of this name; its value is never read with it."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyValue:
    """A value under a key, for all flows of the tenant."""

    id: str
    tenant_id: str
    key: str
    value: Any
    created: datetime
    updated: datetime


def key_value_id(tenant_id: str, key: str) -> str:
    """The id of a key-value: the same for the same key, so that it needs no look-up."""
    return stable_id(tenant_id, f"key-value/{key}")


def check_secret_name(name: str) -> str:
    """Answer the name of a secret as it came. Raises BadUserInput when a secret can't be called so."""
    size = len(check_name(name, "name").encode())
    if size > MAX_NAME_BYTES:
        raise BadUserInput(f"name has {size} bytes in UTF-8; the name of a secret may have {MAX_NAME_BYTES}.")
    return name


def secret_text(value: Any) -> str:
    """The JSON text of a secret's value. Raises PayloadTooLarge; the text is in no message.

    It never has two opening braces in a row: parameters of AWS can't, and templates do. In JSON they stand in
    strings alone, where one of them may be written as an escape.
    """
    text = json_text(value).replace("{{", "{\\u007b")
    return check_json_text(text, "value", MAX_SECRET_BYTES)


def no_secret(name: str) -> NotFound:
    """The error for a secret that is not there; clients look for these words."""
    return NotFound(f"No value found for the requested key: there is no secret {name!r}.")
