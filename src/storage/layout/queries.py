"""The arguments of queries, for the table and for its indexes."""

from typing import Any

from storage.dynamodb.items import Index, Item
from storage.layout.attributes import text


def in_partition(pk: str, prefix: str | None = None, values: Item | None = None) -> dict[str, Any]:
    """Select the items of a partition, all of them or those whose sort key has a prefix.

    `values` are those of a filter, because a query takes all its values in one argument.
    """
    condition, keys = "pk = :pk", {":pk": text(pk)}
    if prefix is not None:
        condition, keys[":prefix"] = f"{condition} AND begins_with(sk, :prefix)", text(prefix)
    return {"KeyConditionExpression": condition, "ExpressionAttributeValues": keys | (values or {})}


def in_index(index: Index, partition: str) -> dict[str, Any]:
    """Select the entries of a partition of an index."""
    return {
        "IndexName": index.name,
        "KeyConditionExpression": f"{index.partition_key} = :partition",
        "ExpressionAttributeValues": {":partition": text(partition)},
    }
