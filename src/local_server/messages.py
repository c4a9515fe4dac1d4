"""What the local server says on its start, and in between."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from local_server.settings import ServerSettings
from local_server.store import LocalStore

if TYPE_CHECKING:
    import socket


# What the start says of a server that is not open, and what its first request has more.
_ASKED = "A token or a key is asked for: TOKEN below stands for one that this server knows."
_HEADER = '-H "authorization: Bearer $TOKEN" '
_QUERY = """-d '{"query":"{ hello }"}'"""


def complain(text: str) -> None:
    """Write a line for whoever runs the server to the error output."""
    with suppress(BrokenPipeError):
        print(text, file=sys.stderr, flush=True)  # noqa: T201


def greeting(settings: ServerSettings, store: LocalStore, listener: socket.socket) -> str:
    """Return the lines that say where the server is, and how to try it."""
    from local_server.listening import is_loopback  # noqa: PLC0415

    port = listener.getsockname()[1]
    everywhere = settings.host in {"0.0.0.0", "::"}  # noqa: S104
    host = "127.0.0.1" if everywhere else settings.host
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    is_private = is_loopback(listener.getsockname())
    why = "only this machine reaches the server" if is_private else "ALLOW_ANONYMOUS lets everybody in"
    token = "" if settings.is_open else _HEADER
    lines = [
        f"Flow Runs is up: {url}" + (f" (listening on {settings.host})" if everywhere else ""),
        f"No key is asked for, because {why}." if settings.is_open else _ASKED,
        f"Data: {store.where}",
        f"Try: curl -s {url}/graphql -H 'content-type: application/json' {token}{_QUERY}",
        "Ctrl-C stops it.",
    ]
    return "\n".join(lines)


def say(text: str) -> None:
    """Write a line to the output."""
    with suppress(BrokenPipeError):  # the reader of the output may have gone
        print(text, flush=True)  # noqa: T201
