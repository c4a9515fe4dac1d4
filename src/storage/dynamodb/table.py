"""The DynamoDB table, as far as this project talks to it: a few calls, each measured and repeated alike."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from botocore.exceptions import ClientError

from domain.errors import ApiError
from storage.dynamodb.items import Item, Write
from storage.dynamodb.retries import ATTEMPTS, NO_ANSWER, call, pause_before
from storage.dynamodb.writability import Writability

BATCH_GET_LIMIT: Final = 100
_PARALLEL_CALLS: Final = 16
_WRITES: Final = frozenset({"put_item", "update_item", "delete_item", "transact_write_items"})

Observer = Callable[[str, dict[str, Any]], None]


@dataclass(eq=False, slots=True)
class Refused(Exception):
    """A write whose condition did not hold.

    `items` has, for each write of the transaction, None where its condition held, else the item that stood
    in its way ({} when there is none). `after_unheard` says that an earlier attempt of the same call got no
    answer: what stands in the way may be its own doing.
    """

    items: tuple[Item | None, ...]
    after_unheard: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Items of one query, in key order, and where the next page begins (None at the end)."""

    items: list[Item]
    next_key: Item | None


def parallel_calls() -> ThreadPoolExecutor:
    """Make threads for calls side by side; they start when they are first used."""
    return ThreadPoolExecutor(_PARALLEL_CALLS, thread_name_prefix="dynamodb")


class Table:
    """One table through one client, both shared by every thread of the process.

    `observe` is told of each call's name and response (a refusal's too), which then carries the consumed
    capacity by index; `writability` whether writes come through. A Table costs nothing to make: a request may
    have one of its own.
    """

    def __init__(
        self,
        client: Any,
        name: str,
        observe: Observer | None = None,
        threads: ThreadPoolExecutor | None = None,
        writability: Writability | None = None,
    ) -> None:
        self._client = client
        self.name = name
        self._observe = observe
        self._threads = threads or parallel_calls()
        self._writability = writability or Writability()

    def get(self, key: Item) -> Item | None:
        """Read one item, as of all writes that were acknowledged."""
        found: Item | None = self._call("get_item", TableName=self.name, Key=key, ConsistentRead=True).get(
            "Item"
        )
        return found

    def batch_get(self, keys: Sequence[Item], *, consistent: bool = False) -> list[Item]:
        """Read many items, in any order, each once, leaving out those that don't exist.

        100 a call, in parallel. Raises ApiError.
        """
        unique = list({(each["pk"]["S"], each["sk"]["S"]): each for each in keys}.values())
        parts = [unique[start : start + BATCH_GET_LIMIT] for start in range(0, len(unique), BATCH_GET_LIMIT)]
        found = self.parallel([partial(self._batch_part, part, consistent) for part in parts])
        return [item for items in found for item in items]

    def _batch_part(self, keys: Sequence[Item], consistent: bool) -> list[Item]:
        found: list[Item] = []
        wanted: dict[str, Any] = {self.name: {"Keys": list(keys), "ConsistentRead": consistent}}
        # Keys are left over beyond 16 MB, which calls for the rest at once, and when the table is throttled,
        # down to a call that reads nothing, which calls for patience.
        idle = 0
        while wanted:
            if idle == ATTEMPTS:
                raise ApiError(NO_ANSWER)
            pause_before(idle)
            answer = self._call("batch_get_item", RequestItems=wanted)
            items = answer["Responses"].get(self.name, [])
            left = answer.get("UnprocessedKeys") or {}
            idle = idle + 1 if left and not items else 0
            found, wanted = found + items, left
        return found

    def query(self, start: Item | None = None, **arguments: Any) -> Page:
        """Read one page of a query, from its beginning or after the key `start`.

        The arguments are those of DynamoDB's Query.
        """
        response = self._call("query", TableName=self.name, **_after(start), **arguments)
        return Page(response["Items"], response.get("LastEvaluatedKey"))

    def pages(self, **arguments: Any) -> Iterator[Page]:
        """Read the pages of a query one after the other, each only when the caller comes to it."""
        page = self.query(**arguments)
        yield page
        while page.next_key is not None:
            page = self.query(page.next_key, **arguments)
            yield page

    def query_all(self, **arguments: Any) -> list[Item]:
        """Read every page of a query: only for partitions that are small by their nature."""
        return [item for page in self.pages(**arguments) for item in page.items]

    def scan(self, start: Item | None = None, **arguments: Any) -> Page:
        """Read one page of the whole table: for migrations alone, and never for a request."""
        response = self._call("scan", TableName=self.name, **_after(start), **arguments)
        return Page(response["Items"], response.get("LastEvaluatedKey"))

    def count(self, start: Item | None = None, **arguments: Any) -> tuple[int, int, Item | None]:
        """Count one page of a query.

        Return how many items match, how many were looked at, and where the next page begins, None at the
        end.
        """
        response = self._call("query", TableName=self.name, Select="COUNT", **_after(start), **arguments)
        return response["Count"], response["ScannedCount"], response.get("LastEvaluatedKey")

    def parallel(self, calls: Iterable[Callable[[], Any]]) -> list[Any]:
        """Make independent calls side by side; their results in the same order.

        A call may do so itself. Whoever waits makes those of its calls that no thread has begun, so threads
        never all wait for what none is left to do.
        """
        waiting = list(calls)
        if len(waiting) < 2:  # noqa: PLR2004
            return [each() for each in waiting]
        begun = [(each, self._threads.submit(each)) for each in waiting]
        try:
            # From the end: threads take them from the beginning.
            results = [each() if future.cancel() else future.result() for each, future in reversed(begun)]
        finally:
            for _, future in begun:
                future.cancel()
        return results[::-1]

    def put(self, **arguments: Any) -> None:
        """Put one item. Raises Refused."""
        self._write("put_item", arguments)

    def delete(self, **arguments: Any) -> None:
        """Delete one item, whether or not it is there. Raises Refused."""
        self._write("delete_item", arguments)

    def delete_existing(self, **arguments: Any) -> bool:
        """Delete an item under a condition that only an existing item meets. Return True if this call did.

        Of several callers at once one gets True, because the delete itself checks the condition. A call that
        is sent again after a lost answer finds its own deletion: a missing item then counts as deleted by it.
        """
        try:
            self.delete(**arguments)
        except Refused as refused:
            return refused.after_unheard and not refused.items[0]
        return True

    def update(self, **arguments: Any) -> Item:
        """Update one item; return it as this write left it, which costs nothing more. Raises Refused."""
        after: Item = self._write("update_item", {"ReturnValues": "ALL_NEW", **arguments})["Attributes"]
        return after

    def _write(self, operation: str, arguments: Write) -> dict[str, Any]:
        # The loser of a race learns from the refusal itself what stands there: it needs no second read.
        if "ConditionExpression" in arguments:
            arguments = {**arguments, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        try:
            return self._call(operation, TableName=self.name, **arguments)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                standing: Any = error.response.get("Item")
                raise Refused((standing or {},), error.__cause__ is not None) from error
            raise

    def transact(self, writes: Sequence[Write]) -> None:
        """Write all or nothing, at most 100 items and 4 MB. Raises Refused.

        Each write is `{"Put" | "Update" | "Delete" | "ConditionCheck": {…}}` without the table's name.
        """
        items = [
            {
                kind: {
                    "TableName": self.name,
                    **body,
                    **(
                        {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
                        if "ConditionExpression" in body
                        else {}
                    ),
                }
            }
            for write in writes
            for kind, body in write.items()
        ]
        try:
            self._call("transact_write_items", TransactItems=items)
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            raise Refused(_standing(error), error.__cause__ is not None) from error

    def describe(self) -> None:
        """Ask for the table's description: whether requests can be served."""
        self._call("describe_table", TableName=self.name)

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        if self._observe is not None and operation != "describe_table":
            arguments["ReturnConsumedCapacity"] = "INDEXES"
        send = getattr(self._client, operation)
        try:
            answer: dict[str, Any] = call(lambda: send(**arguments))
        except ClientError as error:
            self._tell(operation, dict(error.response))
            raise
        except ApiError as error:
            if operation in _WRITES:
                self._writability.failed(error)
            raise
        if operation in _WRITES:
            self._writability.came_through()
        self._tell(operation, answer)
        return answer

    def _tell(self, operation: str, answer: dict[str, Any]) -> None:
        if self._observe is not None:
            self._observe(operation, answer)


def _after(start: Item | None) -> dict[str, Item]:
    return {"ExclusiveStartKey": start} if start else {}


def _standing(error: ClientError) -> tuple[Item | None, ...]:
    reasons: list[dict[str, Any]] = error.response.get("CancellationReasons", [])  # type: ignore[assignment]
    failed = tuple(
        reason.get("Item") or {} if reason.get("Code") == "ConditionalCheckFailed" else None
        for reason in reasons
    )
    if not any(item is not None for item in failed):
        raise error
    return failed
