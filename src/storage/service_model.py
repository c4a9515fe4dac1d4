"""What botocore has to read of DynamoDB to make a client, which is a fraction of what it would read."""

from pathlib import Path
from typing import Final

from botocore.loaders import Loader

SERVICE_DATA: Final = Path(__file__).with_name("service_data")
_SERVICE, _VERSION = "dynamodb", "2012-08-10"


class DynamoDBLoader(Loader):
    """Reads what botocore knows of DynamoDB from SERVICE_DATA, and what is not there from botocore's files.

    To find out that there is a service of this name, botocore would look into the folders of all others.
    """

    def __init__(self) -> None:
        super().__init__(extra_search_paths=[str(SERVICE_DATA)])

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - botocore's signature
        """Give the only service."""
        return [_SERVICE]

    def determine_latest_version(self, service_name: str, type_name: str) -> str:  # noqa: ARG002
        """Give the only version."""
        return _VERSION

    def is_builtin_path(self, path: str) -> bool:
        """Say that SERVICE_DATA is botocore's: endpoints of a user's own making would go before its rules."""
        return path.startswith(str(SERVICE_DATA)) or bool(super().is_builtin_path(path))
