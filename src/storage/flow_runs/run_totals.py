"""Totals of flow runs in the table, and the marks of hours whose runs have changed since they were over."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from domain.flow_runs.run_totals import (
    ByKey,
    Figures,
    Level,
    Marks,
    Period,
    Total,
    TotalOf,
    UnreadableTotal,
    hour_to_mark,
)
from domain.flow_runs.states import KIND_OF
from domain.memory import Memory
from storage.dynamodb.items import Item
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.layout.attributes import (
    instant,
    number,
    read_instant,
    read_number,
    read_optional_instant,
    read_text,
)
from storage.layout.codec import MAX_PAYLOAD, pack, unpack
from storage.layout.keys import CURSOR, RUN, TOUCHED, Keys, key
from storage.layout.queries import in_partition

# A mark moves forward only. So it is never earlier than a change that it announced.
IS_LATER: Final = "attribute_not_exists(#at) OR #at < :at"
# Remove a mark as it was read, because a mark that was put again announces another change.
AT_AS_READ: Final = "#at = :at"
# How many characters of a time in ISO 8601 name the period that begins then.
_LENGTHS: Final = {Level.HOUR: 13, Level.DAY: 10, Level.MONTH: 7}


class RunTotals:
    """The totals of one tenant's flow runs."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys
        self._pk = keys.totals()

    def touch(self, flow_run_id: str, now: datetime) -> None:
        """Mark the hour of a flow run that is about to change, if the hour may have a total."""
        hour = hour_to_mark(flow_run_id, now)
        if hour is None:
            return
        with suppress(Refused):
            self._table.update(
                Key=self._mark_key(hour),
                UpdateExpression="SET #at = :at",
                ConditionExpression=IS_LATER,
                ExpressionAttributeNames={"#at": "at"},
                ExpressionAttributeValues={":at": instant(now)},
            )

    def marks(self, *, consistent: bool = False) -> Marks:
        """Return the marked hours, and since when totals can be relied on."""
        queries = [in_partition(self._keys.recovery(), CURSOR), in_partition(self._pk, TOUCHED)]
        calls = [partial(self._table.query_all, **query, ConsistentRead=consistent) for query in queries]
        cursors, marks = self._table.parallel(calls)
        since, first = (
            read_optional_instant(cursors[0], f"totals_{name}") if cursors else None
            for name in ("since", "first")
        )
        hours = [(_start(read_text(item, "sk")), read_instant(item, "at")) for item in marks]
        return Marks(since, first, hours)

    def forget(self, hour: datetime, at: datetime) -> None:
        """Remove the mark of an hour, unless it was put again."""
        with suppress(Refused):
            self._table.delete(
                Key=self._mark_key(hour),
                ConditionExpression=AT_AS_READ,
                ExpressionAttributeNames={"#at": "at"},
                ExpressionAttributeValues={":at": instant(at)},
            )

    def stored(
        self, of: TotalOf, level: Level, start: datetime, end: datetime, *, consistent: bool = False
    ) -> list[Total]:
        """Return the totals of the periods that begin from `start` on and before `end`, in their order."""
        first, last = (_sk(of, Period(level, instant)) for instant in (start, end))
        items = self._table.query_all(
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={":pk": {"S": self._pk}, ":first": {"S": first}, ":last": {"S": last}},
            ConsistentRead=consistent,
        )
        found = (_decode(level, item, self._table.memory) for item in items)
        return [total for total in found if total is not None and total.period.start < end]

    def put(self, of: TotalOf, total: Total) -> None:
        """Store a total; without its figures if these do not fit an item, so that nobody relies on it."""
        packed = pack({name: _encoded(figures) for name, figures in total.figures().items()})
        item = {
            **key(self._pk, _sk(of, total.period)),
            "begins": instant(total.begins),
            "counted": instant(total.counted),
            "runs": number(total.runs),
        }
        if len(packed) <= MAX_PAYLOAD:
            item["figures"] = {"B": packed}
        self._table.put(Item=item)

    def kinds(self, flow_run_ids: Sequence[str]) -> list[tuple[str, str]]:
        """Return the flow group and the type of state of each of these runs that exists, in any order."""
        keys = [key(self._keys.run(flow_run_id), RUN) for flow_run_id in flow_run_ids]
        items = self._table.batch_get(keys, attributes=("flow_shard", "state"))
        return [(_group_of(item), read_text(item, "state")) for item in items]

    def groups(self, flow_run_ids: Sequence[str]) -> dict[str, str]:
        """Return the flow group of each of these runs that exists. It never changes."""
        keys = [key(self._keys.run(flow_run_id), RUN) for flow_run_id in flow_run_ids]
        items = self._table.batch_get(keys, attributes=("flow_shard",))
        return {self._keys.run_id(read_text(item, "pk")): _group_of(item) for item in items}

    def _mark_key(self, hour: datetime) -> Item:
        return key(self._pk, f"{TOUCHED}{_name(Period(Level.HOUR, hour))}")


def _group_of(run: Item) -> str:
    return read_text(run, "flow_shard").split("#")[1]


def _name(period: Period) -> str:
    return period.start.isoformat()[: _LENGTHS[period.level]]


def _sk(of: TotalOf, period: Period) -> str:
    return f"{of.value}#{period.level.value}#{_name(period)}"


def _start(sk: str) -> datetime:
    """Return the time at the end of a sort key."""
    text = sk.rpartition("#")[2]
    return datetime.fromisoformat(text if len(text) > _LENGTHS[Level.MONTH] else f"{text}-01").replace(
        tzinfo=UTC
    )


def _decode(level: Level, item: Item, memory: Memory | None) -> Total | None:
    """Return a total; None if it cannot be read, or was too large to be stored."""
    try:
        return Total(
            period=Period(level, _start(read_text(item, "sk"))),
            begins=read_instant(item, "begins"),
            counted=read_instant(item, "counted"),
            runs=read_number(item, "runs"),
            figures=partial(_figures, item["figures"]["B"], memory),
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _encoded(figures: Figures) -> list[Any]:
    return [figures.runs, figures.unfinished, figures.ends]


def _figures(packed: bytes, memory: Memory | None) -> ByKey:
    """Return the figures of a total. Raises UnreadableTotal, whatever is wrong with them."""
    try:
        return {name: _decoded(*values) for name, values in unpack(packed, memory).items()}
    except Exception as error:
        raise UnreadableTotal from error


def _decoded(runs: int, unfinished: int, ends: dict[str, int]) -> Figures:
    figures = Figures(int(runs), int(unfinished))
    figures.ends.update({name: int(ends[name]) for name in ends if name in KIND_OF})
    return figures
