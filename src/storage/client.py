"""The client of DynamoDB: botocore's own, with less to do for each call."""

from typing import Any

from botocore.config import Config
from botocore.session import Session

from storage.item_calls import ItemCalls
from storage.service_model import DynamoDBLoader


def make_client(session: Session | None = None, **more: Any) -> Any:
    """Make a client whose only retries are ours: a lost answer must not be repeated behind our back.

    It is led by the environment, or by `more` arguments of botocore's `create_client`; its credentials are
    the session's, which should serve nothing else. It isn't boto3's: importing that would bring the transfer
    of files along.
    """
    session = session or Session()
    session.register_component("data_loader", DynamoDBLoader())
    session.register("creating-client-class.dynamodb", _mix_in)
    config = Config(
        retries={"total_max_attempts": 1},
        connect_timeout=2,
        read_timeout=5,
        max_pool_connections=64,
        tcp_keepalive=True,
        parameter_validation=False,
        user_agent="flow-runs",
    )
    if given := more.pop("config", None):
        config = config.merge(given)
    client: Any = session.create_client("dynamodb", config=config, **more)
    client.credentials = session.get_credentials()
    client.ca_bundle = session.get_config_variable("ca_bundle")
    return client


def _mix_in(**given: Any) -> None:
    given["base_classes"].insert(0, ItemCalls)
