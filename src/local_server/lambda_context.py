"""The second argument of a Lambda handler, as the runtime gives it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

_NAME = "flow-runs-local"
# As in template.yaml; here nothing ends a slow call.
_TIMEOUT_SECONDS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaContext:
    """One invocation's context."""

    aws_request_id: str
    function_name: str = _NAME
    function_version: str = "$LATEST"
    invoked_function_arn: str = f"arn:aws:lambda:us-east-1:000000000000:function:{_NAME}"
    memory_limit_in_mb: int = 1024
    log_group_name: str = f"/aws/lambda/{_NAME}"
    log_stream_name: str = "local"
    identity: None = None
    client_context: None = None
    timeout: float = _TIMEOUT_SECONDS
    is_over: Callable[[], bool] = lambda: False
    _began: float = field(default_factory=time.monotonic)

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the function may still run, never less than 0; 0 when `is_over` says so."""
        if self.is_over():
            return 0
        return max(0, int((self._began + self.timeout - time.monotonic()) * 1000))
