"""Secrets and key-values: small JSON values that flows look up by name."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from domain.errors import BadUserInput, NotFound
from domain.ids import stable_id
from domain.lazy import Lazy
from domain.names import check_name
from domain.sizes import check_json_text, json_text

# The size of a standard parameter of AWS. Each secret is one parameter.
MAX_SECRET_BYTES: Final = 4_096
# In base64 and below the path of a stack, such a name is short enough for a parameter of AWS.
MAX_NAME_BYTES: Final = 500
# Reads of the secret store in one request. AWS allows about forty a second to all callers of an account.
MAX_SECRET_READS: Final = 20
# Clients refuse larger values themselves.
MAX_VALUE_BYTES: Final = 10_240


@dataclass(frozen=True, slots=True)
class Secret:
    """The name of an existing secret. The value is never read with it."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyValue:
    """A value under a key, which all flows of the tenant can read."""

    id: str
    tenant_id: str
    key: str
    value: Lazy[Any]
    created: datetime
    updated: datetime


def key_value_id(tenant_id: str, key: str) -> str:
    """Return the id of a key-value. It follows from the key, so that it needs no look-up."""
    return stable_id(tenant_id, f"key-value/{key}")


def check_secret_name(name: str) -> str:
    """Return the name of a secret unchanged. Raises BadUserInput if no secret can have this name."""
    size = len(check_name(name, "name").encode())
    if size > MAX_NAME_BYTES:
        raise BadUserInput(f"name has {size} bytes in UTF-8; the name of a secret may have {MAX_NAME_BYTES}.")
    return name


def secret_text(value: Any) -> str:
    """Return the JSON text of a secret's value. Raises PayloadTooLarge, which does not quote the text.

    The text never has two opening braces in a row, because a parameter of AWS cannot contain them, though
    templates do. JSON has them only in strings, where an escape can stand for one of them.
    """
    text = json_text(value).replace("{{", "{\\u007b")
    return check_json_text(text, "value", MAX_SECRET_BYTES)


def check_secret_reads(reads: int) -> None:
    """Raise BadUserInput if a request needs more reads of the secret store than it may make."""
    if reads > MAX_SECRET_READS:
        raise BadUserInput(f"A request may read {MAX_SECRET_READS} different secrets: send several requests.")


def no_secret(name: str) -> NotFound:
    """Return the error for an unknown secret. Clients look for the first words of its message."""
    return NotFound(f"No value found for the requested key: there is no secret {name!r}.")
