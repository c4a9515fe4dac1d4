"""DynamoDB in the memory of this process, for machines without the emulator."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def start_memory_store() -> Callable[[], None]:
    """Serve every AWS call of this process from memory, and return the function that ends this.

    moto checks a condition and writes in two steps. One call at a time makes both atomic, as they are in
    DynamoDB.
    """
    import moto  # noqa: PLC0415  (slow, and rarely needed)
    from moto.core.models import botocore_stubber  # noqa: PLC0415

    one_at_a_time = threading.Lock()
    process = botocore_stubber.process_request

    def process_alone(request: Any) -> Any:
        with one_at_a_time:
            return process(request)

    mock = moto.mock_aws()
    mock.start()
    botocore_stubber.process_request = process_alone  # type: ignore[method-assign]

    def stop() -> None:
        botocore_stubber.process_request = process  # type: ignore[method-assign]
        mock.stop()

    return stop
