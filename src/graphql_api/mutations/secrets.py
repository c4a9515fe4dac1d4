"""Secrets and key-values: their mutations, and the queries of secrets."""

from typing import Any

from graphql import GraphQLArgument, GraphQLField, GraphQLList, GraphQLNonNull, GraphQLString

from graphql_api.info import Info
from graphql_api.language.scalars import JSON
from graphql_api.mutations.dialects import DIALECTS, Mutation
from graphql_api.mutations.inputs import ID, JSON_VALUE, TEXT, MutationInput, optional, required
from graphql_api.mutations.payloads import Payload, Payloads, found
from operations.access import secrets
from operations.context import Context


class SecretInput(MutationInput):
    """The name of a secret."""

    name = required(TEXT, "The secret's name.")


class SetSecretInput(SecretInput):
    """A secret with its value."""

    value = optional(JSON_VALUE, "Any JSON; up to 4,096 bytes.")


class SetKeyValueInput(MutationInput):
    """A key with its value."""

    key = required(TEXT, "The key.")
    value = required(JSON_VALUE, "Any JSON; up to 10,240 bytes.")


class KeyValueInput(MutationInput):
    """The id of a key-value."""

    key_value_id = required(ID, "The id of the key-value.")


def secret_mutations(payloads: Payloads) -> tuple[Mutation[Any], ...]:
    """Return the mutations of secrets and key-values."""
    return (
        Mutation(
            "set_secret",
            "Set a secret; null deletes it.",
            SetSecretInput,
            payloads.success,
            _set_secret,
        ),
        Mutation("delete_secret", "Delete a secret.", SecretInput, payloads.success, _delete_secret),
        Mutation(
            "set_key_value",
            "Set the value of a key.",
            SetKeyValueInput,
            payloads.key_value,
            _set_key_value,
        ),
        Mutation(
            "delete_key_value",
            "Delete a key with its value.",
            KeyValueInput,
            payloads.success,
            _delete_key_value,
        ),
    )


def secret_queries() -> dict[str, GraphQLField]:
    """Return the fields `secret_value`, `secretValue` and `secret_names` of Query."""
    text = GraphQLNonNull(GraphQLString)
    value = GraphQLField(
        JSON, {"name": GraphQLArgument(text)}, _secret_value, description="The value of a secret."
    )
    names = GraphQLField(
        GraphQLNonNull(GraphQLList(text)), resolve=_secret_names, description="The names of all secrets."
    )
    return {dialect.spell("secret_value"): value for dialect in DIALECTS} | {"secret_names": names}


def _secret_value(_root: None, info: Info, name: str) -> object:
    return secrets.secret_value(info.context, name)


def _secret_names(_root: None, info: Info) -> list[str]:
    return secrets.secret_names(info.context)


def _set_secret(context: Context, given: SetSecretInput) -> Payload:
    secrets.set_secret(context, given.name, given.value)
    return {"success": True}


def _delete_secret(context: Context, given: SecretInput) -> Payload:
    return found(secrets.delete_secret(context, given.name), "secret", repr(given.name))


def _set_key_value(context: Context, given: SetKeyValueInput) -> Payload:
    return {"id": secrets.set_key_value(context, given.key, given.value)}


def _delete_key_value(context: Context, given: KeyValueInput) -> Payload:
    return found(secrets.delete_key_value(context, given.key_value_id), "value", given.key_value_id)
