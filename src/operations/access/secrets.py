"""The use cases of secrets and key-values."""

import json
from typing import Any

from domain.access.secrets import (
    MAX_VALUE_BYTES,
    check_secret_name,
    no_secret,
    secret_text,
)
from domain.names import check_name
from domain.sizes import check_json_size
from operations.context import Context


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
    """Return the names of all secrets. Raises ApiError."""
    return context.secrets.names()


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
