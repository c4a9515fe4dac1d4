"""Attempts of one tick: a walk over runs in batches, and calls whose errors do not stop the tick."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final, TypeVar

from operations.flow_runs.cancelling import HasTime

_BATCH: Final = 100

Result = Counter[str] | Exception
Found = TypeVar("Found")


def walk(
    found: Iterator[Found], look_at: Callable[[list[Found]], list[Found]], most: int, has_time: HasTime
) -> tuple[list[Found], bool]:
    """Look at up to `most` of what was found, in batches, while `has_time` returns True.

    `look_at` returns those of a batch for which there was no time. Return the last ones that were looked at,
    and True if some were left.
    """
    last: list[Found] = []
    looked_at = 0
    while batch := list(islice(found, min(_BATCH, most - looked_at))):
        left = look_at(batch) if has_time() else batch
        if left:
            return batch[: batch.index(left[0])] or last, True
        last, looked_at = batch, looked_at + len(batch)
    return last, next(found, None) is not None


def attempt(call: Callable[[], Counter[str]], has_time: HasTime) -> Result | None:
    """Make a call, and return its result. Return None if no time is left for the call.

    Return an exception instead of raising it, so that one bad run does not stop the tick.
    """
    try:
        return call() if has_time() else None
    except Exception as error:  # noqa: BLE001
        return error
