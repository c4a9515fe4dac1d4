"""The socket of the server: which address it listens on, and whether it may without a token."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, Any

from local_server.errors import StartError

if TYPE_CHECKING:
    from local_server.settings import ServerSettings

BACKLOG = 1024


def listen(settings: ServerSettings) -> socket.socket:
    """Listen on the address that the settings name; port 0 stands for any free port.

    Raises StartError, also for an address that other machines reach if no token is asked for.
    """
    host, port = settings.host, settings.port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no name of a host"
        raise StartError(f"HOST={host} is not an address of this machine: {reason}.") from error
    try:
        _require_private(settings, address)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise StartError(
            f"Port {port} on {host} cannot be used: {error.strerror}. "
            "Stop the program that has it or choose another: PORT=4201 make run"
        ) from error
    except StartError:
        listener.close()
        raise
    return listener


def is_loopback(address: Any) -> bool:
    """Return True if only this machine reaches the address of a socket."""
    ip = ipaddress.ip_address(address[0])
    return (getattr(ip, "ipv4_mapped", None) or ip).is_loopback


def _require_private(settings: ServerSettings, address: Any) -> None:
    if settings.is_open and not settings.may_be_open and not is_loopback(address):
        raise StartError(
            f"HOST={settings.host} is reached by other machines, and no token is asked for: set "
            "AUTH_TOKEN_SHA256 (docs/deploying.md makes one), ALLOW_ANONYMOUS=false to ask for API keys, or "
            "ALLOW_ANONYMOUS=true to let everybody read and write everything."
        )
