"""The settings of one start of the local server, read from the environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast, get_args

from local_server.callers import host_name
from local_server.errors import StartError

if TYPE_CHECKING:
    from collections.abc import Mapping

StoreName = Literal["dynoxide", "memory"]
_LARGEST_PORT, _PORT_DIGITS = 65535, 5
# The most characters of a wrong value that an error shows.
_SHOWN = 100
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_WORDS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """The settings of one start. Port 0 stands for any free port, store None for the best installed one.

    `names` are further hosts by which clients may call the server. `is_open` says that no token is asked for,
    `may_be_open` that this is wanted wherever the server can be reached.
    """

    host: str
    port: int
    data: Path
    store: StoreName | None
    endpoint: str | None
    table_name: str
    handler: str
    names: frozenset[str] = frozenset()
    is_open: bool = True
    may_be_open: bool = False


def read_settings(environment: Mapping[str, str]) -> ServerSettings:
    """Read the settings. An empty variable counts as unset. Raises StartError."""
    _check_log_level(environment.get("POWERTOOLS_LOG_LEVEL") or "INFO")
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
        names=_names(environment),
        is_open=_is_open(environment),
        may_be_open=_is_true(environment, "ALLOW_ANONYMOUS"),
    )


def _names(environment: Mapping[str, str]) -> frozenset[str]:
    """Return the hosts of ALLOWED_HOSTS, a list with commas. Raises StartError."""
    entries = [entry.strip() for entry in environment.get("ALLOWED_HOSTS", "").split(",")]
    names = {entry: host_name(entry) for entry in entries if entry}
    if unknown := [entry for entry, name in names.items() if name is None]:
        raise StartError(
            f"ALLOWED_HOSTS={unknown[0]} is not a host: use names or addresses without scheme and port, "
            "separated by commas."
        )
    return frozenset(filter(None, names.values()))


def _is_open(environment: Mapping[str, str]) -> bool:
    """Return True if requests without a token are let in, as the wiring decides it."""
    is_closed = bool(environment.get("ALLOW_ANONYMOUS")) and not _is_true(environment, "ALLOW_ANONYMOUS")
    return not (environment.get("AUTH_TOKEN_SHA256") or environment.get("JWT_ISSUER") or is_closed)


def _is_true(environment: Mapping[str, str], name: str) -> bool:
    text = (environment.get(name) or "false").lower()
    if text not in _WORDS:
        raise StartError(f"{name}={text} is neither true nor false.")
    return _WORDS[text]


def _check_log_level(level: str) -> None:
    if level.upper() not in _LEVELS:
        raise StartError(
            f"POWERTOOLS_LOG_LEVEL={level[:_SHOWN]} is not a level: use one of {', '.join(_LEVELS)}."
        )


def _port(text: str) -> int:
    # The length comes first, because Python reads no number of thousands of digits.
    if not (text.isascii() and text.isdecimal() and len(text) <= _PORT_DIGITS and int(text) <= _LARGEST_PORT):
        raise StartError(
            f"PORT={text[:_SHOWN]} is not a port: use a number from 1 to {_LARGEST_PORT}, or 0 for any free "
            "one."
        )
    return int(text)
