"""The table and the few calls that this project makes to it, all measured and repeated in the same way."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from domain.errors import ApiError
from storage.dynamodb.items import WRITE_OPERATIONS, Item, Write
from storage.dynamodb.parallel import Result, in_parallel, parallel_calls
from storage.dynamodb.refusals import Refused, brought_by, key_of_write, with_item_on_refusal
from storage.dynamodb.retries import ATTEMPTS, LONGEST_CALL, NO_ANSWER, call, pause_before
from storage.dynamodb.writability import Writability

if TYPE_CHECKING:
    from domain.memory import Memory
    from storage.dynamodb.budgets import Budget

BATCH_GET_LIMIT: Final = 100
# So many keys of a batch take as much of the processor as a read of its own.
_KEYS_OF_A_READ: Final = 100

# Is told the name and the response of each call.
Observer = Callable[[str, dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a query: its items in key order, and the key after which the next page begins, if any."""

    items: list[Item]
    next_key: Item | None


class Table:
    """One table through one client, both shared by every thread of the process.

    `observe` is told the name and the response of each call, refusals included; responses then carry the
    consumed capacity by index. `writability` is told if writes succeed. `budget` is asked before each call.
    A Table costs nothing to make, so each request may have its own.
    """

    def __init__(
        self,
        client: Any,
        name: str,
        observe: Observer | None = None,
        threads: ThreadPoolExecutor | None = None,
        writability: Writability | None = None,
        budget: "Budget | None" = None,
    ) -> None:
        self._client = client
        self.name = name
        self._observe = observe
        self._threads = threads or parallel_calls()
        self._writability = writability or Writability()
        self._budget = budget

    @property
    def memory(self) -> "Memory | None":
        """The memory of the values that the request reads, None if it has no bound."""
        return None if self._budget is None else self._budget.memory

    def get(self, key: Item) -> Item | None:
        """Return an item, None if there is none. The read is consistent: it sees every acknowledged write."""
        response = self._call("get_item", TableName=self.name, Key=key, ConsistentRead=True)
        found: Item | None = response.get("Item")
        return found

    def batch_get(
        self, keys: Sequence[Item], *, consistent: bool = False, attributes: Sequence[str] = ()
    ) -> list[Item]:
        """Return the items with these keys that exist, each once, in any order.

        Of each item return its key and these `attributes`, or all. Each call reads up to 100 items, and the
        calls are parallel. Raises ApiError.
        """
        unique = list({(key["pk"]["S"], key["sk"]["S"]): key for key in keys}.values())
        parts = [unique[start : start + BATCH_GET_LIMIT] for start in range(0, len(unique), BATCH_GET_LIMIT)]
        names = {f"#{name}": name for name in ("pk", "sk", *attributes)} if attributes else {}
        shown = {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names} if names else {}
        found = self.parallel([partial(self._batch_part, part, consistent, shown) for part in parts])
        return [item for items in found for item in items]

    def _batch_part(self, keys: Sequence[Item], consistent: bool, shown: dict[str, Any]) -> list[Item]:
        found: list[Item] = []
        wanted: dict[str, Any] = {self.name: {"Keys": list(keys), "ConsistentRead": consistent, **shown}}
        # DynamoDB leaves keys over beyond 16 MB, so the rest is read at once. It also leaves keys over when
        # it throttles the table, up to all of them; a call that reads nothing is repeated after a pause.
        idle = 0
        while wanted:
            if idle == ATTEMPTS:
                raise ApiError(NO_ANSWER)
            pause_before(idle)
            response = self._call("batch_get_item", RequestItems=wanted)
            items = response["Responses"].get(self.name, [])
            if self._budget is not None:
                self._budget.note_items(len(items))
            left = response.get("UnprocessedKeys") or {}
            idle = idle + 1 if left and not items else 0
            found, wanted = found + items, left
        return found

    def query(self, start: Item | None = None, **arguments: Any) -> Page:
        """Return one page of a query, from its beginning or after the key `start`.

        The arguments are those of DynamoDB's Query.
        """
        response = self._call("query", TableName=self.name, **_after(start), **arguments)
        return Page(response["Items"], response.get("LastEvaluatedKey"))

    def pages(self, first: int | None = None, **arguments: Any) -> Iterator[Page]:
        """Yield the pages of a query, each read only when the caller comes to it.

        The first page has at most `first` items.
        """
        size: dict[str, Any] = {"Limit": first} if first else {}
        page = self.query(**arguments, **size)
        yield page
        while page.next_key is not None:
            page = self.query(page.next_key, **arguments)
            yield page

    def query_all(self, **arguments: Any) -> list[Item]:
        """Return the items of all pages of a query: only for partitions that are always small."""
        return [item for page in self.pages(**arguments) for item in page.items]

    def scan(self, start: Item | None = None, **arguments: Any) -> Page:
        """Return one page of the whole table: only for migrations, never for a request."""
        response = self._call("scan", TableName=self.name, **_after(start), **arguments)
        return Page(response["Items"], response.get("LastEvaluatedKey"))

    def count(self, start: Item | None = None, **arguments: Any) -> tuple[int, int, Item | None]:
        """Count one page of a query.

        Return how many items match, how many were looked at, and where the next page begins, None at the
        end.
        """
        response = self._call("query", TableName=self.name, Select="COUNT", **_after(start), **arguments)
        return response["Count"], response["ScannedCount"], response.get("LastEvaluatedKey")

    def parallel(self, calls: Iterable[Callable[[], Result]]) -> list[Result]:
        """Make independent calls in parallel and return their results in the same order."""
        return in_parallel(self._threads, calls)

    def put(self, **arguments: Any) -> None:
        """Put one item. Raises Refused."""
        self._write("put_item", arguments)

    def delete(self, **arguments: Any) -> None:
        """Delete one item if it is there. Raises Refused."""
        self._write("delete_item", arguments)

    def delete_existing(self, **arguments: Any) -> bool:
        """Delete an item under a condition that only an existing item meets. Return True if this call did.

        Of several callers at once one gets True, because the delete itself checks the condition. A call that
        is sent again after a lost response finds its own deletion, so a missing item counts as its deletion.
        """
        try:
            self.delete(**arguments)
        except Refused as refused:
            return refused.after_unheard and not refused.items[0]
        return True

    def update(self, **arguments: Any) -> Item:
        """Update one item and return it as this write left it, at no further cost. Raises Refused."""
        after: Item = self._write("update_item", {"ReturnValues": "ALL_NEW", **arguments})["Attributes"]
        return after

    def try_update(self, **arguments: Any) -> bool:
        """Update one item in a single attempt, for a note on which nothing depends.

        Return False if it is refused or fails, because the request must neither wait for it nor fail by it.
        """
        capacity = {} if self._observe is None else {"ReturnConsumedCapacity": "INDEXES"}
        try:
            if self._budget is not None:
                self._budget.note_write()
                self._check_time()
            response = self._client.update_item(TableName=self.name, **arguments, **capacity)
        except ClientError as error:
            self._tell("update_item", dict(error.response))
            return False
        except (ApiError, BotoCoreError):
            return False
        self._tell("update_item", response)
        return True

    def _write(self, operation: str, arguments: Write) -> dict[str, Any]:
        try:
            return self._call(operation, TableName=self.name, **with_item_on_refusal(arguments))
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                standing: Any = error.response.get("Item")
                raise self._refused((standing or {},), [arguments], error) from error
            raise

    def transact(self, writes: Sequence[Write]) -> None:
        """Make all writes or none, at most 100 items and 4 MB. Raises Refused.

        Each write is `{"Put" | "Update" | "Delete" | "ConditionCheck": {…}}` without the table's name.
        """
        items = [
            {kind: {"TableName": self.name, **with_item_on_refusal(body)}}
            for write in writes
            for kind, body in write.items()
        ]
        try:
            self._call("transact_write_items", TransactItems=items)
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            bodies = [body for write in writes for body in write.values()]
            raise self._refused(brought_by(error), bodies, error) from error

    def _refused(
        self, brought: Sequence[Item | None], writes: Sequence[Write], error: ClientError
    ) -> Refused:
        return Refused(
            brought, error.__cause__ is not None, lambda number: self.get(key_of_write(writes[number]))
        )

    def describe(self) -> None:
        """Ask for the table's description, which fails if requests cannot be served."""
        self._call("describe_table", TableName=self.name)

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        if self._observe is not None and operation != "describe_table":
            arguments["ReturnConsumedCapacity"] = "INDEXES"
        if self._budget is not None:
            if operation in WRITE_OPERATIONS:
                self._budget.note_write()
                self._check_time()
            else:
                self._budget.draw_read(LONGEST_CALL, _reads_in(arguments))
        send = getattr(self._client, operation)
        try:
            response: dict[str, Any] = call(lambda: send(**arguments), self._check_time)
        except ClientError as error:
            self._tell(operation, dict(error.response))
            raise
        except ApiError as error:
            if operation in WRITE_OPERATIONS:
                self._writability.failed(error)
            raise
        if operation in WRITE_OPERATIONS:
            self._writability.succeeded()
        self._tell(operation, response)
        return response

    def _check_time(self) -> None:
        """Raise ApiError if a call that hangs would outlast the request, which then got no response."""
        if self._budget is not None:
            self._budget.check_time(LONGEST_CALL)

    def _tell(self, operation: str, response: dict[str, Any]) -> None:
        if self._observe is not None:
            self._observe(operation, response)


def _reads_in(arguments: dict[str, Any]) -> int:
    """Return as how many reads a call counts: a batch as one more for each 100 of its keys."""
    if "RequestItems" not in arguments:
        return 1
    [batch] = arguments["RequestItems"].values()
    return 1 + len(batch["Keys"]) // _KEYS_OF_A_READ


def _after(start: Item | None) -> dict[str, Item]:
    return {"ExclusiveStartKey": start} if start else {}
