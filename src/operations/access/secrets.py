"""The use cases of secrets and key-values."""

import json
from typing import TYPE_CHECKING, Any

from domain.access.secrets import (
    MAX_VALUE_BYTES,
    check_secret_name,
    check_secret_reads,
    no_secret,
    secret_text,
)
from domain.names import check_name
from domain.sizes import check_json_size
from operations.context import Context

if TYPE_CHECKING:
    from operations.ports.access import Secrets


class SecretsOfRequest:
    """Secrets that one request reads and changes. It keeps what it has read until the request changes it.

    A document may ask for the same secret under many aliases, while AWS allows some forty reads a second to
    a whole account.
    """

    def __init__(self, secrets: "Secrets") -> None:
        self._secrets = secrets
        self._texts: dict[str, str | None] = {}
        self._names: list[str] | None = None
        self._reads = 0

    def put(self, name: str, text: str) -> None:
        """Store a secret in place of an earlier one. Raises ApiError."""
        self._forget(name)
        self._secrets.put(name, text)

    def get(self, name: str) -> str | None:
        """Return the text of a secret, None if there is none. Raises BadUserInput, ApiError."""
        if name not in self._texts:
            self._count_read()
            self._texts[name] = self._secrets.get(name)
        return self._texts[name]

    def delete(self, name: str) -> bool:
        """Delete a secret. Return True if it existed. Raises ApiError."""
        self._forget(name)
        return self._secrets.delete(name)

    def names(self) -> list[str]:
        """Return the names of all secrets, in order. Raises BadUserInput, ApiError."""
        if self._names is None:
            self._count_read()
            self._names = self._secrets.names()
        return list(self._names)

    def _count_read(self) -> None:
        self._reads += 1
        check_secret_reads(self._reads)

    def _forget(self, name: str) -> None:
        self._texts.pop(name, None)
        self._names = None


def set_secret(context: Context, name: str, value: Any) -> None:
    """Store a secret, and replace an earlier secret of this name. Delete the secret if the value is null.

    Only the secret store gets the value. Raises BadUserInput, PayloadTooLarge, ApiError.
    """
    check_secret_name(name)
    if value is None:
        context.secrets.delete(name)
    else:
        context.secrets.put(name, secret_text(value))


def secret_value(context: Context, name: str) -> Any:
    """Return the value of a secret. Raises BadUserInput, NotFound, ApiError."""
    text = context.secrets.get(check_secret_name(name))
    if text is None:
        raise no_secret(name)
    return json.loads(text)


def secret_names(context: Context) -> list[str]:
    """Return the names of all secrets. Raises ApiError.

    They belong to no project, so that a caller which is limited to some projects sees none.
    """
    return context.secrets.names() if context.caller.projects is None else []


def delete_secret(context: Context, name: str) -> bool:
    """Delete a secret. Return False if there is no such secret. Raises BadUserInput, ApiError."""
    return context.secrets.delete(check_secret_name(name))


def set_key_value(context: Context, key: str, value: Any) -> str:
    """Store a value under a key, and replace an earlier value. Return its id.

    Raises BadUserInput, PayloadTooLarge, ApiError.
    """
    check_name(key, "key")
    return context.store.key_values.put(key, check_json_size(value, "value", MAX_VALUE_BYTES), context.now())


def delete_key_value(context: Context, key_value_id: str) -> bool:
    """Delete a key-value. Return False if there is no such key-value."""
    return context.store.key_values.delete(key_value_id)
