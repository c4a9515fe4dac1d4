"""The table as template.yaml defines it, so that its definition stands in one place only."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from local_server.template import table_properties
from wiring import AWS_ERRORS, error_code

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_dynamodb import DynamoDBClient

# Arguments of CreateTable that decide how requests behave. Deletion protection, backups and the rest of the
# resource are left out, because they only stand in the way of a table that is thrown away.
_COPIED = (
    "AttributeDefinitions",
    "KeySchema",
    "BillingMode",
    "ProvisionedThroughput",
    "LocalSecondaryIndexes",
)
_COPIED_OF_AN_INDEX = ("IndexName", "KeySchema", "Projection", "ProvisionedThroughput")
_ACTIVE_WITHIN_SECONDS = 120


class TableError(Exception):
    """The table is not ready in time, or an existing table of that name has other keys."""


def table_definition(template_path: Path, table_name: str = "flow-runs") -> dict[str, Any]:
    """Return the arguments of CreateTable for the only table in the template.

    The caller gives the name, because CloudFormation makes one up where the template leaves it open.
    """
    properties = table_properties(template_path)
    definition = {key: properties[key] for key in _COPIED if key in properties}
    if indexes := properties.get("GlobalSecondaryIndexes"):
        definition["GlobalSecondaryIndexes"] = [
            {key: index[key] for key in _COPIED_OF_AN_INDEX if key in index} for index in indexes
        ]
    return {"TableName": table_name, **definition}


def ttl_attribute(template_path: Path) -> str | None:
    """Return the attribute that holds an item's end in epoch seconds, None if the template has none."""
    specification = table_properties(template_path).get("TimeToLiveSpecification", {})
    return specification.get("AttributeName") if specification.get("Enabled") else None


def create_table(client: DynamoDBClient, definition: dict[str, Any], ttl_attribute: str | None) -> bool:
    """Create the table unless it exists, add the indexes that it lacks, and wait until it can be used.

    Return True if the table is new. Raises TableError if a table of that name, or one of its indexes, has
    other keys.
    """
    name = definition["TableName"]
    is_new = False
    try:
        found: Any = client.describe_table(TableName=name)["Table"]
    except AWS_ERRORS as error:
        if error_code(error) != "ResourceNotFoundException":
            raise
        found, is_new = _create(client, definition), True
    _require_same_keys(_when_active(client, found), definition)
    _add_indexes(client, found, definition)
    if ttl_attribute is not None:
        _switch_expiry_on(client, name, ttl_attribute)
    return is_new


def _create(client: DynamoDBClient, definition: dict[str, Any]) -> Any:
    try:
        return client.create_table(**definition)["TableDescription"]
    except AWS_ERRORS as error:
        if error_code(error) != "ResourceInUseException":
            raise
        # Another process has created the table since we looked.
        return client.describe_table(TableName=definition["TableName"])["Table"]


def _when_active(client: DynamoDBClient, table: Any) -> Any:
    deadline = time.monotonic() + _ACTIVE_WITHIN_SECONDS
    while {"ACTIVE"} != {table["TableStatus"], *(index["IndexStatus"] for index in _indexes(table))}:
        if time.monotonic() > deadline:
            states = ", ".join([table["TableStatus"], *(index["IndexStatus"] for index in _indexes(table))])
            raise TableError(f"The table {table['TableName']} and its indexes are still {states}.")
        time.sleep(0.2)
        table = client.describe_table(TableName=table["TableName"])["Table"]
    return table


def _require_same_keys(found: Any, definition: dict[str, Any]) -> None:
    if not _keys(found).items() <= _keys(definition).items():
        raise TableError(
            f"The table {definition['TableName']} has other keys or indexes than template.yaml defines: "
            "choose another TABLE_NAME, or a new folder for the data."
        )


def _add_indexes(client: DynamoDBClient, found: Any, definition: dict[str, Any]) -> None:
    """Add the indexes that an earlier template did not have, one at a time."""
    known = {index["IndexName"] for index in _indexes(found)}
    for index in _indexes(definition):
        if index["IndexName"] not in known:
            names = {part["AttributeName"] for part in index["KeySchema"]}
            changed = client.update_table(
                TableName=definition["TableName"],
                AttributeDefinitions=[
                    attribute
                    for attribute in definition["AttributeDefinitions"]
                    if attribute["AttributeName"] in names
                ],
                GlobalSecondaryIndexUpdates=[{"Create": index}],
            )
            _when_active(client, changed["TableDescription"])


def _indexes(table: Any) -> list[Any]:
    indexes: list[Any] = table.get("GlobalSecondaryIndexes", [])
    return indexes


def _keys(table: Any) -> dict[str, Any]:
    """Return the keys of a table and of its indexes, whatever the order in which they are listed."""
    schemas = {
        "": table["KeySchema"],
        **{index["IndexName"]: index["KeySchema"] for index in _indexes(table)},
    }
    return {
        name: {(part["KeyType"], part["AttributeName"]) for part in schema}
        for name, schema in schemas.items()
    }


def _switch_expiry_on(client: DynamoDBClient, name: str, attribute: str) -> None:
    # Every start checks this, because an earlier start may have been killed between the two calls.
    state = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    if state.get("TimeToLiveStatus") not in {"ENABLED", "ENABLING"}:
        client.update_time_to_live(
            TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": attribute}
        )
