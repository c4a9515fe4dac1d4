"""The errors of calls to AWS, for modules that must not know which library makes the calls."""

from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

# ClientError is a refusal by AWS; BotoCoreError is a call without a response, or one that was not sent.
AWS_ERRORS: Final = (ClientError, BotoCoreError)


def error_code(error: Exception) -> str | None:
    """Return the code with which AWS refused the call, None if the error is no refusal."""
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else None
