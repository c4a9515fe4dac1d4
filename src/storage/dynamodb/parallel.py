"""Independent calls side by side, in the threads that all requests of a process share."""

from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError, ThreadPoolExecutor, wait
from typing import Final, TypeVar

_PARALLEL_CALLS: Final = 16

Result = TypeVar("Result")


def parallel_calls() -> ThreadPoolExecutor:
    """Return the threads for parallel calls. They start when they are first used."""
    return ThreadPoolExecutor(_PARALLEL_CALLS, thread_name_prefix="dynamodb")


def in_parallel(threads: ThreadPoolExecutor, calls: Iterable[Callable[[], Result]]) -> list[Result]:
    """Make independent calls in parallel and return their results in the same order.

    A call may itself make calls in parallel. The waiting thread makes the calls that no other thread has
    begun, so that nested calls cannot block the pool. After an error no further call is begun, and the error
    is raised when those that had begun have ended: none goes on for a request that is over.
    """
    waiting = list(calls)
    if len(waiting) < 2:  # noqa: PLR2004
        return [call() for call in waiting]
    errors: list[BaseException] = []

    def make(call: Callable[[], Result]) -> Result:
        if errors:
            raise CancelledError
        try:
            return call()
        except BaseException as error:
            errors.append(error)
            raise

    begun = [(call, threads.submit(make, call)) for call in waiting]
    results: list[Result] = []
    try:
        # From the end, because the threads take the calls from the beginning.
        for call, future in reversed(begun):
            results.append(make(call) if future.cancel() else future.result())
    except CancelledError:
        raise errors[0] from None
    finally:
        if len(results) < len(begun):
            wait([future for _, future in begun if not future.cancel()])
    return results[::-1]
