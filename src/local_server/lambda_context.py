"""The second argument of a Lambda handler, as the runtime gives it."""

from __future__ import annotations

import time
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
    _deadline: float = field(default_factory=lambda: time.monotonic() + _TIMEOUT_SECONDS)

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the function may still run, never less than 0."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))
