"""The table's definition, read from template.yaml so that it stands in one place only."""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from wiring import AWS_ERRORS, error_code

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_dynamodb import DynamoDBClient

# CreateTable's arguments that decide how requests behave. The rest of the resource is for AWS: deletion
# protection or backups would only stand in the way of a throw-away table.
_COPIED = (
    "AttributeDefinitions",
    "KeySchema",
    "BillingMode",
    "ProvisionedThroughput",
    "LocalSecondaryIndexes",
)
_COPIED_OF_AN_INDEX = ("IndexName", "KeySchema", "Projection", "ProvisionedThroughput")
_ACTIVE_WITHIN_SECONDS = 120

_Node = dict[str, Any]


class TableError(Exception):
    """The template's table cannot be read, or another one stands under its name."""


def table_definition(template_path: Path, table_name: str = "flow-runs") -> dict[str, Any]:
    """Return CreateTable's arguments for the only table in the template.

    The name is the caller's, since CloudFormation makes one up where the template leaves it open.
    """
    properties = _table_properties(template_path)
    definition = {key: properties[key] for key in _COPIED if key in properties}
    if indexes := properties.get("GlobalSecondaryIndexes"):
        definition["GlobalSecondaryIndexes"] = [
            {key: index[key] for key in _COPIED_OF_AN_INDEX if key in index} for index in indexes
        ]
    return {"TableName": table_name, **definition}


def ttl_attribute(template_path: Path) -> str | None:
    """Return the attribute that holds an item's end in epoch seconds, None when the template has none."""
    specification = _table_properties(template_path).get("TimeToLiveSpecification", {})
    return specification.get("AttributeName") if specification.get("Enabled") else None


def create_table(client: DynamoDBClient, definition: dict[str, Any], ttl_attribute: str | None) -> bool:
    """Make the table unless it is there, with the indexes that it lacks, and wait until it can be used.

    Return whether it was not there. Raises TableError for a table of that name whose keys are others, or
    those of an index.
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
        # Somebody else was faster.
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
    """Add what a later template has more than the one by which the table was made; one index at a time."""
    known = {index["IndexName"] for index in _indexes(found)}
    for index in _indexes(definition):
        if index["IndexName"] not in known:
            names = {part["AttributeName"] for part in index["KeySchema"]}
            changed = client.update_table(
                TableName=definition["TableName"],
                AttributeDefinitions=[
                    each for each in definition["AttributeDefinitions"] if each["AttributeName"] in names
                ],
                GlobalSecondaryIndexUpdates=[{"Create": index}],
            )
            _when_active(client, changed["TableDescription"])


def _indexes(table: Any) -> list[Any]:
    indexes: list[Any] = table.get("GlobalSecondaryIndexes", [])
    return indexes


def _keys(table: Any) -> dict[str, Any]:
    """Return the keys of a table and its indexes in a form that does not depend on their order."""
    named = {"": table["KeySchema"], **{each["IndexName"]: each["KeySchema"] for each in _indexes(table)}}
    return {name: {(part["KeyType"], part["AttributeName"]) for part in keys} for name, keys in named.items()}


def _switch_expiry_on(client: DynamoDBClient, name: str, attribute: str) -> None:
    # At every start, not only after creating: a start may have been killed between the two calls.
    state = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    if state.get("TimeToLiveStatus") not in {"ENABLED", "ENABLING"}:
        client.update_time_to_live(
            TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": attribute}
        )


@cache
def _table_properties(template_path: Path) -> _Node:
    try:
        template = yaml.load(template_path.read_text(encoding="utf-8"), Loader=_TemplateLoader)  # noqa: S506
    except OSError as error:
        raise TableError(f"{template_path} cannot be read: {error.strerror}.") from error
    except yaml.YAMLError as error:
        raise TableError(f"{template_path} is not valid YAML: {' '.join(str(error).split())}") from error
    resources = (template or {}).get("Resources", {}).values()
    tables = [resource for resource in resources if resource.get("Type") == "AWS::DynamoDB::Table"]
    if len(tables) != 1:
        raise TableError(f"{template_path} must have exactly one AWS::DynamoDB::Table, not {len(tables)}.")
    properties: _Node = _resolved(tables[0]["Properties"], _defaults(template))
    return properties


def _defaults(template: _Node) -> dict[str, Any]:
    parameters = template.get("Parameters", {})
    return {name: parameter["Default"] for name, parameter in parameters.items() if "Default" in parameter}


def _resolved(value: Any, defaults: dict[str, Any]) -> Any:
    """Put parameters' defaults where `Ref` or `Fn::Sub` name them; what they do not name stays as it is."""
    match value:
        case {"Ref": str(name)} if name in defaults:
            return defaults[name]
        case {"Fn::Sub": str(text)}:
            for name, default in defaults.items():
                text = text.replace("${" + name + "}", str(default))
            return text
        case dict():
            return {key: _resolved(item, defaults) for key, item in value.items()}
        case list():
            return [_resolved(item, defaults) for item in value]
        case _:
            return value


# The C loader reads the template ten times faster, and every start waits for it. Like SafeLoader it makes
# plain data only.
class _TemplateLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads CloudFormation's short tags (`!Ref x`) as their long forms (`{"Ref": "x"}`)."""


def _short_tag(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> _Node:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_TemplateLoader.add_multi_constructor("!", _short_tag)
