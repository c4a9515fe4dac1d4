"""The errors of a call to AWS, for modules that must not know which library makes the call."""

from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

# ClientError is a refusal that AWS sent; BotoCoreError is a call that got no response, or could not be made.
AWS_ERRORS: Final = (ClientError, BotoCoreError)


def error_code(error: Exception) -> str | None:
    """Return the code with which AWS refused the call, None if the error is no refusal."""
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else None
