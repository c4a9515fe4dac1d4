"""The dead-letter queue: events that no retry can turn into a flow run."""

import json
import re
from typing import TYPE_CHECKING, Any, Final

from domain.errors import ApiError
from storage.dynamodb.aws_errors import AWS_ERRORS

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# SQS takes 1 MiB for the body and the attributes together; template.yaml makes the queue so.
MAX_LETTER_BODY: Final = 1_000_000
MAX_REASON: Final = 2_000
_REFUSED_BY_SQS: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class DeadLetters:
    """Sends unusable events to an SQS queue, each with the reason why it is unusable."""

    def __init__(self, client: "SQSClient", queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, event: Any, code: str, reason: str) -> None:
        """Send an event as it came, as JSON, with `code` and `reason` as attributes of the message.

        A body of more than MAX_LETTER_BODY bytes is cut, which the attribute `cut` records. Raises ApiError
        if the queue does not take the message, so that the event is delivered again.
        """
        if not self._queue_url:
            raise ApiError("There is no dead-letter queue: DEAD_LETTER_QUEUE_URL is not set.")
        body = json.dumps(event, separators=(",", ":"))
        attributes = {"code": code, "reason": _REFUSED_BY_SQS.sub("?", reason)[:MAX_REASON]}
        if len(body) > MAX_LETTER_BODY:
            body, attributes["cut"] = body[:MAX_LETTER_BODY], f"from {len(body)} bytes"
        try:
            self._client.send_message(
                QueueUrl=self._queue_url,
                MessageBody=body,
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
                },
            )
        except AWS_ERRORS as error:
            raise ApiError(
                "The dead-letter queue did not take the event; it must be delivered again."
            ) from error
