"""Form 2: what waits stands where this code lists it, in `planned` too, which is younger than some runs."""

from contextlib import suppress
from functools import partial
from typing import Any, Final

from domain.formats import Piece
from storage.flow_run_items import STATUS_PLACES, decode_run, status_key
from storage.keys import RUN, Item, Keys, key
from storage.migrations.walks import each_of, page_of
from storage.table import Refused, Table

# Whoever changes its state, or its labels, places it himself.
IS_AS_READ: Final = "version = :version AND status_order = :seen"


def place_anew(table: Table, keys: Keys, place: str | None) -> Piece:
    """List runs that wait where a run of this state is listed that is made today."""
    partitions = [keys.status_runs("queue", shard) for shard in range(keys.shards)]
    found, after = page_of(table, "by_status", "status_shard", partitions, place)
    items = table.batch_get([each for each in found if each["sk"]["S"] == RUN], consistent=True)
    return Piece(after, each_of(table, items, partial(_place_anew, table, keys)))


def _place_anew(table: Table, keys: Keys, item: Item) -> None:
    if not keys.is_queue(item.get("status_shard", {"S": ""})["S"]):
        return  # taken since the index was read
    run = decode_run(keys, item)
    place = status_key(keys, run.id, run.state, run.latest.timestamp, run.labels)
    if place == {name: item[name] for name in STATUS_PLACES if name in item}:
        return
    values: dict[str, Any] = {":version": item["version"], ":seen": item["status_order"]}
    gone = [name for name in STATUS_PLACES if name not in place]
    sets = ", ".join(f"{name} = :{name}" for name in place)
    with suppress(Refused):
        table.update(
            Key=key(item["pk"]["S"], RUN),
            UpdateExpression=f"SET {sets}" + (f" REMOVE {', '.join(gone)}" if gone else ""),
            ConditionExpression=IS_AS_READ,
            ExpressionAttributeValues=values | {f":{name}": value for name, value in place.items()},
        )
