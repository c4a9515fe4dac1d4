"""Authors in items: the name as text, and the id of the key as its 16 bytes."""

import uuid
from typing import Final

from domain.access.authors import Author
from storage.dynamodb.items import Item
from storage.layout.attributes import read_text, text

_NAME: Final = "by"
_KEY: Final = "by_key"


def encode_author(author: Author | None, most_bytes: int = 0) -> Item:
    """Return the attributes of an author, the name cut to `most_bytes` if there is a bound; {} for None."""
    if author is None:
        return {}
    name = author.name.encode("utf-8", "replace")
    cut = name[:most_bytes] if most_bytes else name
    item: Item = {_NAME: text(cut.decode("utf-8", "ignore"))}
    if author.key_id is not None:
        item[_KEY] = {"B": uuid.UUID(author.key_id).bytes}
    return item


def decode_author(item: Item) -> Author | None:
    """Return the author in an item, None if it has none."""
    if _NAME not in item:
        return None
    key_id = str(uuid.UUID(bytes=bytes(item[_KEY]["B"]))) if _KEY in item else None
    return Author(read_text(item, _NAME), key_id)
