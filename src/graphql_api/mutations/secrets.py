"""Secrets and key-values: their mutations, and the queries that clients ask by name."""

from typing import Any

from graphql import GraphQLArgument, GraphQLField, GraphQLList, GraphQLNonNull, GraphQLString

from graphql_api.info import Info
from graphql_api.language.scalars import JSON, UUID
from graphql_api.mutations.dialects import CAMEL_CASE, SNAKE_CASE, Input, Mutation, Required
from graphql_api.mutations.flows import Given
from graphql_api.mutations.payloads import Payloads
from operations.access import secrets
from operations.context import Context

_YES = Required.YES


def _set_secret(context: Context, given: Given) -> Given:
    secrets.set_secret(context, given["name"], given.get("value"))
    return {"success": True}


def _delete_secret(context: Context, given: Given) -> Given:
    found = secrets.delete_secret(context, given["name"])
    return {"success": found, "error": None if found else f"There is no secret {given['name']!r}."}


def _set_key_value(context: Context, given: Given) -> Given:
    return {"id": secrets.set_key_value(context, given["key"], given["value"])}


def _delete_key_value(context: Context, given: Given) -> Given:
    found = secrets.delete_key_value(context, given["key_value_id"])
    return {"success": found, "error": None if found else f"There is no value {given['key_value_id']}."}


def secret_queries() -> dict[str, GraphQLField]:
    """`secret_value` and `secretValue`, and the names of all secrets."""

    def value(_root: None, info: Info, name: str) -> Any:
        return secrets.secret_value(info.context, name)

    def names(_root: None, info: Info) -> list[str]:
        return secrets.secret_names(info.context)

    field = GraphQLField(
        JSON,
        {"name": GraphQLArgument(GraphQLNonNull(GraphQLString))},
        value,
        description="The value of a secret.",
    )
    listed = GraphQLField(
        GraphQLNonNull(GraphQLList(GraphQLNonNull(GraphQLString))), resolve=names, description="All names."
    )
    return {dialect.spell("secret_value"): field for dialect in (SNAKE_CASE, CAMEL_CASE)} | {
        "secret_names": listed
    }


def secret_mutations(payloads: Payloads) -> tuple[Mutation, ...]:
    """The mutations of secrets and key-values."""
    return (
        Mutation(
            "set_secret",
            "Keep a secret, in place of an earlier one of its name; null deletes it.",
            (
                Input("name", GraphQLString, "Its name.", _YES),
                Input("value", JSON, "Any JSON; up to 4,096 bytes."),
            ),
            payloads.success,
            _set_secret,
        ),
        Mutation(
            "delete_secret",
            "Delete a secret.",
            (Input("name", GraphQLString, "Its name.", _YES),),
            payloads.success,
            _delete_secret,
        ),
        Mutation(
            "set_key_value",
            "Keep a value under a key, in place of an earlier one.",
            (
                Input("key", GraphQLString, "The key.", _YES),
                Input("value", JSON, "Any JSON; up to 10,240 bytes.", _YES),
            ),
            payloads.key_value,
            _set_key_value,
        ),
        Mutation(
            "delete_key_value",
            "Delete a value.",
            (Input("key_value_id", UUID, "Its id.", _YES),),
            payloads.success,
            _delete_key_value,
        ),
    )
