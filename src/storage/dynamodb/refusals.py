"""Writes whose condition did not hold, and the items that stood in their way."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from storage.dynamodb.items import Item, Write


class Refused(Exception):
    """A refused write: its condition did not hold.

    `after_unheard` is True if an earlier attempt of the same call got no response, so that the refused write
    may have been carried out already.
    """

    def __init__(
        self,
        brought: Sequence[Item | None],
        after_unheard: bool = False,
        read: Callable[[int], Item | None] = lambda _: None,
    ) -> None:
        """Keep what the response brought of each write: None if its condition held, else its item or {}.

        `read` returns the item of the write with this number, counted from 0.
        """
        super().__init__()
        self._brought, self._read = brought, read
        self.after_unheard = after_unheard

    @cached_property
    def items(self) -> tuple[Item | None, ...]:
        """An entry for each write: None if its condition held, else the item that is there, {} if none is.

        An item that the response did not bring is read when a caller first asks, because not every emulator
        brings the items. Only the read tells a missing item from one that was not brought.
        """
        return tuple(
            self._read(number) or {} if item == {} else item for number, item in enumerate(self._brought)
        )


def with_item_on_refusal(arguments: Write) -> Write:
    """Let a refusal bring the item, so that the loser of a race needs no second read."""
    if "ConditionExpression" not in arguments:
        return arguments
    return {**arguments, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}


def key_of_write(write: Write) -> Item:
    """Return the key of the item that a write concerns."""
    item: Item = write.get("Key") or write["Item"]
    return {name: item[name] for name in ("pk", "sk")}


def brought_by(error: ClientError) -> tuple[Item | None, ...]:
    """Return what a refused transaction brought of each write. Raises the error if no condition failed."""
    reasons: list[dict[str, Any]] = error.response.get("CancellationReasons", [])  # type: ignore[assignment]
    failed = tuple(
        reason.get("Item") or {} if reason.get("Code") == "ConditionalCheckFailed" else None
        for reason in reasons
    )
    if not any(item is not None for item in failed):
        raise error
    return failed
