"""EventBridge's part: a scheduled rule, whose target is invoked in a thread at an interval."""

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

# As in template.yaml.
_TIMEOUT_SECONDS = 60
# A call to the store that hangs ends by itself after this.
_STOP_SECONDS = 6.0


class Rule:
    """Invokes a handler every `interval` seconds, for the first time after one, until it is stopped.

    What leaves the handler is written to stderr, and the next time comes all the same.
    """

    def __init__(self, name: str, handler: Handler, interval: float) -> None:
        self._name, self._handler, self._interval = name, handler, interval
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"rule-{name}", daemon=True)

    def start(self) -> None:
        """Begin to count the time."""
        self._thread.start()

    def stop(self) -> None:
        """Invoke no more; a call that is under way is told that its time is over, and waited for."""
        self._stopping.set()
        self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopping.wait(self._interval):
            self._invoke()

    def _invoke(self) -> None:
        request_id = str(uuid.uuid4())
        context = LambdaContext(
            aws_request_id=request_id, timeout=_TIMEOUT_SECONDS, is_over=self._stopping.is_set
        )
        try:
            self._handler(scheduled_event(self._name, request_id, datetime.now(UTC)), context)
        except Exception:  # noqa: BLE001
            if not self._stopping.is_set():  # else its store may be gone
                what = f"The rule {self._name} failed:\n{traceback.format_exc()}"
                print(what, end="", file=sys.stderr, flush=True)  # noqa: T201


def scheduled_event(rule: str, event_id: str, now: datetime) -> dict[str, Any]:
    """Build the event that EventBridge sends to a scheduled rule's target."""
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
