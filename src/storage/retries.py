"""Calls to DynamoDB, repeated when it could not answer.

Every write in this package may be sent again: its condition, or a token in what it writes, tells the
repeat from a second wish. So a throttled call, a transaction that met another, and a call whose answer was
lost are all simply sent again, after a random pause (full jitter) that grows.
"""

import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError  # noqa: A004

from domain.errors import ApiError

Result = TypeVar("Result")

ATTEMPTS: Final = 8
FIRST_PAUSE: Final = 0.025
LONGEST_PAUSE: Final = 1.0

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


def is_transient(error: Exception) -> bool:
    """Whether the same call may succeed a moment later, or may even have succeeded unheard."""
    if isinstance(error, HTTPClientError | ConnectionError):
        return True
    if not isinstance(error, ClientError):
        return False
    code = error.response["Error"]["Code"]
    if code == "TransactionCanceledException":
        reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
        return bool(reasons & _TRANSIENT_REASONS) and "ConditionalCheckFailed" not in reasons
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return code in _TRANSIENT or status >= 500  # noqa: PLR2004


def call(
    send: Callable[[], Result],
    sleep: Callable[[float], None] = time.sleep,
    jitter: Callable[[], float] = random.random,
) -> Result:
    """Send, and send again while the failure is transient, at most ATTEMPTS times in about four seconds.

    Raises ApiError when it stays so; any other error is the caller's to read.
    """
    for attempt in range(ATTEMPTS):
        if attempt:
            sleep(jitter() * min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt))
        try:
            return send()
        except (ClientError, BotoCoreError) as error:
            if not is_transient(error):
                raise
            last = error
    raise ApiError("The database could not answer in time; the request may be sent again.") from last
