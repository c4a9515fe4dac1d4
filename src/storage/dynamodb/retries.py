"""Calls to DynamoDB that are sent again after a transient failure.

Every write of this project may be sent again, because its condition, or a token in the item, tells a repeat
from a second request. So a throttled call, a transaction that conflicted with another, and a call whose
response was lost are all sent again, after a random pause (full jitter) that grows.
"""

import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

from botocore.exceptions import (
    BotoCoreError,
    ChecksumError,
    ClientError,
    ConnectionError,  # noqa: A004
    HTTPClientError,
)

from domain.errors import ApiError

Result = TypeVar("Result")

ATTEMPTS: Final = 8
# Seconds.
FIRST_PAUSE: Final = 0.025
LONGEST_PAUSE: Final = 1.0
# Seconds of one attempt, connecting included. Responses take milliseconds.
LONGEST_CALL: Final = 5.0
# Seconds of a call with all its attempts. Lambda ends the function after 25.
PATIENCE: Final = 12.0
NO_ANSWER: Final = "The database could not answer in time; the request may be sent again."

_TRANSIENT: Final = frozenset(
    {
        "InternalServerError",
        "InternalFailure",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "Throttling",
        "ThrottlingException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
_TRANSIENT_REASONS: Final = frozenset(
    {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded"}
)


def is_unheard(error: Exception) -> bool:
    """Return True if DynamoDB may have carried out the call although it failed here."""
    if isinstance(error, ClientError):
        return bool(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500)  # noqa: PLR2004
    return isinstance(error, HTTPClientError | ConnectionError | ChecksumError)


def is_transient(error: Exception) -> bool:
    """Return True if the same call may succeed a moment later, or may have been carried out already."""
    if is_unheard(error):
        return True
    if not isinstance(error, ClientError):
        return False
    code = error.response["Error"]["Code"]
    if code == "TransactionCanceledException":
        reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
        return bool(reasons & _TRANSIENT_REASONS) and "ConditionalCheckFailed" not in reasons
    return code in _TRANSIENT


def pause_before(attempt: int) -> None:
    """Sleep before an attempt. The first attempt has number 0 and does not wait."""
    if attempt:
        time.sleep(random.random() * min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt))  # noqa: S311


def _always() -> None:
    """Check nothing, because no request waits for the call."""


def call(send: Callable[[], Result], check_time: Callable[[], None] = _always) -> Result:
    """Call `send`, and again while its failure is transient: at most ATTEMPTS times within PATIENCE seconds.

    No attempt begins that could end later. `check_time` is called before each attempt but the first.

    Raises ApiError if the failure stays. Any other error is raised as it came. Its cause is the failure
    of an earlier attempt that may have been carried out all the same, if there was one.
    """
    started = time.monotonic()
    unheard: Exception | None = None
    for attempt in range(ATTEMPTS):
        if attempt:
            pause_before(attempt)
            if time.monotonic() - started > PATIENCE - LONGEST_CALL:
                break
            check_time()
        try:
            return send()
        except (ClientError, BotoCoreError) as error:
            if not is_transient(error):
                raise error from unheard
            last = error
            unheard = error if is_unheard(error) else unheard
    raise ApiError(NO_ANSWER) from last
