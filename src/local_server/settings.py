"""What the environment says about one start of the local server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast, get_args

from local_server.errors import StartError

if TYPE_CHECKING:
    from collections.abc import Mapping

StoreName = Literal["dynoxide", "memory"]
_LARGEST_PORT = 65535
_LONGEST_INTERVAL = 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One start's choices; `port` 0 takes any free one, `store` None the best one at hand."""

    host: str
    port: int
    data: Path
    store: StoreName | None
    endpoint: str | None
    table_name: str
    handler: str
    recovery_interval: float = 60.0


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings; an empty variable counts as one that is not set. Raises StartError."""
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
    return Settings(
        host=environment.get("HOST") or "127.0.0.1",
        port=_port(environment.get("PORT") or "4200"),
        data=Path(environment.get("DATA") or ".data"),
        store=cast("StoreName | None", store),
        endpoint=endpoint,
        table_name=environment.get("TABLE_NAME") or "flow-runs",
        handler=environment.get("HANDLER") or "handlers.http_api:handler",
        recovery_interval=_seconds(environment.get("RECOVERY_INTERVAL") or "60"),
    )


def _seconds(text: str) -> float:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= _LONGEST_INTERVAL):
        raise StartError(
            f"RECOVERY_INTERVAL={text} is no interval: use a number of seconds from 1 to {_LONGEST_INTERVAL}."
        )
    return float(text)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) <= _LARGEST_PORT):
        raise StartError(
            f"PORT={text} is not a port: use a number from 1 to {_LARGEST_PORT}, or 0 for any free one."
        )
    return int(text)
