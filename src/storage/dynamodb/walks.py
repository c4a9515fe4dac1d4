"""Walks through partitions of an index, a page at a time, with the position noted as text."""

import json
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

from domain.errors import ApiError
from storage.dynamodb.items import Index, Item
from storage.dynamodb.table import Table

WALK_PAGE: Final = 100


def page_of(
    table: Table, index: Index, partitions: Sequence[str], position: str | None, most: int = WALK_PAGE
) -> tuple[list[Item], str | None]:
    """Return the primary keys of a page of these partitions, and the position of the next page, if any.

    Entries that leave a partition in the meantime, or come in behind the position, do not disturb the walk.
    """
    number, start = json.loads(position) if position else (0, None)
    page = table.query(
        start,
        IndexName=index.name,
        KeyConditionExpression="#partition = :partition",
        ExpressionAttributeNames={"#partition": index.partition_key},
        ExpressionAttributeValues={":partition": {"S": partitions[number]}},
        Limit=most,
    )
    keys = [{"pk": item["pk"], "sk": item["sk"]} for item in page.items]
    if page.next_key is not None:
        return keys, json.dumps([number, page.next_key])
    return keys, json.dumps([number + 1, None]) if number + 1 < len(partitions) else None


def convert_all(table: Table, items: Iterable[Item], convert: Callable[[Item], None]) -> dict[str, Exception]:
    """Call `convert` for each item, in parallel. Return the errors of odd items by their partitions.

    An odd item stays as it is, so that it keeps no other item waiting. Raises ApiError if the database does
    not respond.
    """
    items = list(items)
    results = table.parallel([partial(_attempt, convert, item) for item in items])
    return {item["pk"]["S"]: fault for item, fault in zip(items, results, strict=True) if fault is not None}


def _attempt(convert: Callable[[Item], None], item: Item) -> Exception | None:
    try:
        convert(item)
    except ApiError:
        raise
    except Exception as error:  # noqa: BLE001
        return error
    return None
