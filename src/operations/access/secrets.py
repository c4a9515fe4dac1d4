"""Use cases of secrets and key-values."""

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
    """Keep a secret, in place of an earlier one of that name; null deletes it.

    Its value goes to the secret store alone. Raises BadUserInput, PayloadTooLarge, ApiError.
    """
    check_secret_name(name)
    if value is None:
        context.secrets.delete(name)
    else:
        context.secrets.put(name, secret_text(value))


def secret_value(context: Context, name: str) -> Any:
    """The value of a secret. Raises NotFound, ApiError."""
    text = context.secrets.get(check_secret_name(name))
    if text is None:
        raise no_secret(name)
    return json.loads(text)


def secret_names(context: Context) -> list[str]:
    """Return the names of all secrets. Raises ApiError."""
    return context.secrets.names()


def delete_secret(context: Context, name: str) -> bool:
    """Delete a secret; answers whether there was one. Raises BadUserInput, ApiError."""
    return context.secrets.delete(check_secret_name(name))


def set_key_value(context: Context, key: str, value: Any) -> str:
    """Keep a value under a key, in place of an earlier one; answers its id.

    Raises BadUserInput, PayloadTooLarge, ApiError.
    """
    check_name(key, "key")
    return context.store.key_values.put(key, check_json_size(value, "value", MAX_VALUE_BYTES), context.now())


def delete_key_value(context: Context, key_value_id: str) -> bool:
    """Delete a value; answers whether there was one."""
    return context.store.key_values.delete(key_value_id)
