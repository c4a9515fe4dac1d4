"""The second argument of a Lambda handler, as the runtime passes it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

_NAME = "flow-runs-local"


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaContext:
    """The context of one invocation. `timeout` is in seconds; on this machine nothing ends a slow call.

    `is_over` may end the invocation earlier. `client_has_left` tells if nobody waits for the response, which
    Lambda does not know.
    """

    aws_request_id: str
    timeout: float
    function_name: str = _NAME
    function_version: str = "$LATEST"
    invoked_function_arn: str = f"arn:aws:lambda:us-east-1:000000000000:function:{_NAME}"
    memory_limit_in_mb: int = 1024
    log_group_name: str = f"/aws/lambda/{_NAME}"
    log_stream_name: str = "local"
    identity: None = None
    client_context: None = None
    is_over: Callable[[], bool] = lambda: False
    client_has_left: Callable[[], bool] = lambda: False
    _began: float = field(default_factory=time.monotonic)

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the function may still run: at least 0, and 0 if `is_over` returns True."""
        if self.is_over():
            return 0
        return max(0, int((self._began + self.timeout - time.monotonic()) * 1000))
