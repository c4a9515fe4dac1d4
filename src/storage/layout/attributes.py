"""The values of attributes, in the form of DynamoDB's low-level API.

Instants are stored as whole microseconds since 1970. In a sort key they are text, and where DynamoDB's TTL
reads them they are whole seconds.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from domain.times import from_micros, to_micros
from storage.dynamodb.items import Item


def text(value: str) -> Item:
    """Return a text as the value of an attribute."""
    return {"S": value}


def texts(values: Iterable[str]) -> Item:
    """Return texts as the value of an attribute, in their order."""
    return {"L": [text(value) for value in values]}


def number(value: int) -> Item:
    """Return a whole number as the value of an attribute."""
    return {"N": str(value)}


def instant(value: datetime) -> Item:
    """Return an instant as the value of an attribute."""
    return {"N": str(to_micros(value))}


def read_text(item: Item, name: str) -> str:
    """Return the text in an attribute. Raises KeyError if the item lacks the attribute."""
    value: str = item[name]["S"]
    return value


def read_optional_text(item: Item, name: str) -> str | None:
    """Return the text in an attribute, None if the item lacks the attribute."""
    return read_text(item, name) if name in item else None


def read_texts(item: Item, name: str) -> list[str]:
    """Return the texts in an attribute. Raises KeyError if the item lacks the attribute."""
    return [value["S"] for value in item[name]["L"]]


def binary_bytes(items: Iterable[Item]) -> int:
    """Return how many bytes the binaries of items have, also those in lists."""
    return sum(
        len(value["B"]) if "B" in value else sum(len(entry.get("B", "")) for entry in value.get("L", ()))
        for item in items
        for value in item.values()
    )


def read_number(item: Item, name: str, default: int | None = None) -> int:
    """Return the number in an attribute, or the default if the item lacks the attribute.

    Raises KeyError if there is no default either.
    """
    return int(item[name]["N"]) if default is None or name in item else default


def read_instant(item: Item, name: str) -> datetime:
    """Return the instant in an attribute. Raises KeyError if the item lacks the attribute."""
    return from_micros(int(item[name]["N"]))


def read_optional_instant(item: Item, name: str) -> datetime | None:
    """Return the instant in an attribute, None if the item lacks the attribute."""
    return read_instant(item, name) if name in item else None


def epoch_second(value: datetime) -> int:
    """Return the whole seconds from 1970 to an instant, as DynamoDB's TTL counts them."""
    return to_micros(value) // 1_000_000


def epoch_second_rounded_up(value: datetime) -> int:
    """Return the first whole second that is not before an instant.

    An item that must be kept until that instant expires then, because rounding down would end it early.
    """
    return -(-to_micros(value) // 1_000_000)


def instant_order(value: datetime) -> str:
    """Return an instant as text that sorts as instants do.

    It sorts before every longer sort key that begins with it.
    """
    return value.strftime("%Y-%m-%dT%H:%M:%S.%f")


def instant_of_order(order: str) -> datetime:
    """Return the instant at the end of a sort key, after the last "#" if there is one."""
    return datetime.fromisoformat(order.rpartition("#")[2]).replace(tzinfo=UTC)
