"""botocore's client of DynamoDB, as it is."""

import os
from typing import Any

from botocore.config import Config
from botocore.session import Session

from storage.dynamodb.certificates import tls_context
from storage.dynamodb.connections import CONNECT_TIMEOUT
from storage.dynamodb.item_calls import USER_AGENT
from storage.dynamodb.retries import LONGEST_CALL


def botocores_client(session: Session | None = None, **more: Any) -> Any:
    """Return botocore's own client without its retries, because only ours know what may be repeated.

    The environment configures it, or `more` arguments of botocore's `create_client`. It is botocore's and not
    boto3's, because importing boto3 brings its file transfers along. Raises BadUserInput if the certificates
    that the environment names cannot be used.
    """
    config = Config(
        retries={"total_max_attempts": 1},
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=LONGEST_CALL,
        max_pool_connections=64,
        tcp_keepalive=True,
        parameter_validation=False,
        user_agent=USER_AGENT,
    )
    if given := more.pop("config", None):
        config = config.merge(given)
    session = session or Session()
    if ca_bundle := session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE"):
        tls_context(ca_bundle)
    return session.create_client("dynamodb", config=config, **more)
