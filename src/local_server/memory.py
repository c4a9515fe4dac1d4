"""DynamoDB in this process' memory, for machines that lack the emulator."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def start_memory_store() -> Callable[[], None]:
    """Answer every AWS call of this process from memory; return what ends that.

    moto checks a condition and writes in two steps. One call at a time makes them one, as DynamoDB has it.
    """
    import moto  # noqa: PLC0415  (slow, and rarely needed)
    from moto.core.models import botocore_stubber  # noqa: PLC0415

    one_at_a_time = threading.Lock()
    answer = botocore_stubber.process_request

    def answer_alone(request: Any) -> Any:
        with one_at_a_time:
            return answer(request)

    mock = moto.mock_aws()
    mock.start()
    botocore_stubber.process_request = answer_alone  # type: ignore[method-assign]

    def stop() -> None:
        botocore_stubber.process_request = answer  # type: ignore[method-assign]
        mock.stop()

    return stop
