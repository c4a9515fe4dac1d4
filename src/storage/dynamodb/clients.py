"""The clients of AWS.

Each function imports what it needs itself, because importing botocore's session and making a client take a
fifth of a cold start.
"""

from collections.abc import Mapping
from typing import Any


def dynamodb_client(environ: Mapping[str, str]) -> Any:
    """Return the client of DynamoDB to which the environment leads."""
    from storage.dynamodb.quick_client import quick_client  # noqa: PLC0415

    return quick_client(environ, botocores_client) or botocores_client()


def botocores_client() -> Any:
    """Return botocore's client of DynamoDB, without any code of ours in its calls."""
    from storage.dynamodb import botocores_client as theirs  # noqa: PLC0415

    return theirs.botocores_client()


def ssm_client() -> Any:
    """Return a client of Systems Manager that gives up while the waiting function can still respond."""
    from botocore.config import Config  # noqa: PLC0415
    from botocore.session import Session  # noqa: PLC0415

    patience = Config(
        connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3}
    )
    return Session().create_client("ssm", config=patience)


def sqs_client() -> Any:
    """Return a client of SQS."""
    from botocore.session import Session  # noqa: PLC0415

    return Session().create_client("sqs")
