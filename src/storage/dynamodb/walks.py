"""Going through partitions of an index a page at a time, and noting the place as text."""

import json
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

from domain.errors import ApiError
from storage.dynamodb.items import Index, Item
from storage.dynamodb.table import Table

PAGE: Final = 100


def page_of(
    table: Table, index: Index, partitions: Sequence[str], place: str | None, most: int = PAGE
) -> tuple[list[Item], str | None]:
    """The primary keys of a page of these partitions, and the place of the next page; None at the end.

    What leaves a partition meanwhile, or comes in behind the place, does not disturb it.
    """
    number, start = json.loads(place) if place else (0, None)
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


def each_of(table: Table, items: Iterable[Item], bring: Callable[[Item], None]) -> dict[str, Exception]:
    """Bring each item into the new form, side by side; answers what is wrong with odd ones, by partition.

    One of these keeps nobody waiting: it stays as it is. Raises ApiError when the database cannot answer.
    """
    items = list(items)
    results = table.parallel([partial(_attempt, bring, item) for item in items])
    return {item["pk"]["S"]: fault for item, fault in zip(items, results, strict=True) if fault is not None}


def _attempt(bring: Callable[[Item], None], item: Item) -> Exception | None:
    try:
        bring(item)
    except ApiError:
        raise
    except Exception as error:  # noqa: BLE001
        return error
    return None
