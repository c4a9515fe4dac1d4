"""The settings of one start of the local server, read from the environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast, get_args

from local_server.errors import StartError

if TYPE_CHECKING:
    from collections.abc import Mapping

StoreName = Literal["dynoxide", "memory"]
_LARGEST_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """The settings of one start. Port 0 stands for any free port, store None for the best installed one."""

    host: str
    port: int
    data: Path
    store: StoreName | None
    endpoint: str | None
    table_name: str
    handler: str


def read_settings(environment: Mapping[str, str]) -> ServerSettings:
    """Read the settings. An empty variable counts as unset. Raises StartError."""
    store = environment.get("STORE") or None
    endpoint = environment.get("AWS_ENDPOINT_URL_DYNAMODB") or None
    if store is not None and store not in get_args(StoreName):
        raise StartError(
            f"STORE={store} is not known: use {' or '.join(get_args(StoreName))}, or leave it out."
        )
    if store is not None and endpoint is not None:
        raise StartError(
            f"STORE={store} and AWS_ENDPOINT_URL_DYNAMODB={endpoint} exclude each other: unset one."
        )
    return ServerSettings(
        host=environment.get("HOST") or "127.0.0.1",
        port=_port(environment.get("PORT") or "4200"),
        data=Path(environment.get("DATA") or ".data"),
        store=cast("StoreName | None", store),
        endpoint=endpoint,
        table_name=environment.get("TABLE_NAME") or "flow-runs",
        handler=environment.get("HANDLER") or "handlers.http_api:handler",
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) <= _LARGEST_PORT):
        raise StartError(
            f"PORT={text} is not a port: use a number from 1 to {_LARGEST_PORT}, or 0 for any free one."
        )
    return int(text)
