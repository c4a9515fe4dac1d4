"""The mapping between the turns of flow groups and their items. Pure: it makes no call."""

from domain.schedules.runs.turns import Turn
from storage.dynamodb.items import Item, Write
from storage.layout.attributes import number, read_number, read_optional_text, read_text, text
from storage.layout.conditions import AT_REVISION, IS_NEW
from storage.layout.keys import OVERLAP, Keys, key


def put_turn(keys: Keys, turn: Turn) -> Write:
    """Return the put of a turn, refused unless the stored turn has the revision before it."""
    put: Write = {"Item": encode_turn(keys, turn)}
    if turn.revision == 1:
        return {"Put": {**put, "ConditionExpression": IS_NEW}}
    before = {":revision": number(turn.revision - 1)}
    return {"Put": {**put, "ConditionExpression": AT_REVISION, "ExpressionAttributeValues": before}}


def encode_turn(keys: Keys, turn: Turn) -> Item:
    """Return the item of a turn."""
    item: Item = {**key(keys.group(turn.group_id), OVERLAP), "revision": number(turn.revision)}
    for name in ("holder", "waiting"):
        if (run_id := getattr(turn, name)) is not None:
            item[name] = text(run_id)
    return item


def decode_turn(item: Item) -> Turn:
    """Return the turn of an item."""
    return Turn(
        group_id=read_text(item, "pk").rpartition("#")[2],
        revision=read_number(item, "revision"),
        holder=read_optional_text(item, "holder"),
        waiting=read_optional_text(item, "waiting"),
    )
