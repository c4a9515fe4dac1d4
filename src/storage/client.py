"""The client of DynamoDB: botocore's own, with less to do for each call."""

from typing import Any

from botocore.config import Config
from botocore.session import Session

from storage.answers import AnswerParsers
from storage.service_model import DynamoDBLoader
from storage.signing import sign_here


def make_client(session: Session | None = None, **more: Any) -> Any:
    """Make a client whose only retries are ours: a lost answer must not be repeated behind our back.

    It is led by the environment, or by `more` arguments of botocore's `create_client`; its credentials are
    the session's, which should serve nothing else. It isn't boto3's: importing that would bring the transfer
    of files along.
    """
    session = session or Session()
    session.register_component("data_loader", DynamoDBLoader())
    session.register_component("response_parser_factory", AnswerParsers())
    config = Config(
        retries={"total_max_attempts": 1},
        connect_timeout=2,
        read_timeout=5,
        max_pool_connections=64,
        tcp_keepalive=True,
        parameter_validation=False,
        # Given whole, the header is not put together anew from a dozen parts for every call.
        user_agent="flow-runs",
    )
    if given := more.pop("config", None):
        config = config.merge(given)
    client = session.create_client("dynamodb", config=config, **more)
    sign_here(client, session.get_credentials())
    return client
