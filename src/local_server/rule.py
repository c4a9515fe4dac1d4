"""The part of EventBridge: a scheduled rule, which invokes its target in a thread at an interval."""

from __future__ import annotations

import sys
import threading
import traceback
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from local_server.lambda_context import LambdaContext

if TYPE_CHECKING:
    from local_server.gateway import Handler

# A call of the store that hangs ends by itself after this time.
_STOP_SECONDS = 6.0


class Rule:
    """A thread that invokes a handler every `interval` seconds until it is stopped, first after one interval.

    The handler is told that Lambda ends a call after `timeout` seconds. An exception of the handler is
    written to stderr, and the next call follows all the same.
    """

    def __init__(self, name: str, handler: Handler, interval: float, timeout: float) -> None:
        self._name, self._handler, self._interval, self._timeout = name, handler, interval, timeout
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"rule-{name}", daemon=True)

    def start(self) -> None:
        """Begin the first interval."""
        self._thread.start()

    def stop(self) -> None:
        """Start no more calls. Tell a running call that its time is over, and wait for it."""
        self._stopping.set()
        self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopping.wait(self._interval):
            self._invoke()

    def _invoke(self) -> None:
        request_id = str(uuid.uuid4())
        context = LambdaContext(
            aws_request_id=request_id, timeout=self._timeout, is_over=self._stopping.is_set
        )
        try:
            self._handler(scheduled_event(self._name, request_id, datetime.now(UTC)), context)
        except Exception:  # noqa: BLE001
            if not self._stopping.is_set():  # a rule that stops may have lost its store
                text = f"The rule {self._name} failed:\n{traceback.format_exc()}"
                print(text, end="", file=sys.stderr, flush=True)  # noqa: T201


def scheduled_event(rule: str, event_id: str, now: datetime) -> dict[str, Any]:
    """Return the event that EventBridge sends to the target of a scheduled rule."""
    return {
        "version": "0",
        "id": event_id,
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "000000000000",
        "time": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "region": "us-east-1",
        "resources": [f"arn:aws:events:us-east-1:000000000000:rule/{rule}"],
        "detail": {},
    }
