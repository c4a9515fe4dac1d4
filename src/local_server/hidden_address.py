"""An address of this machine to which no page in a browser can connect."""

from __future__ import annotations

import secrets
import socket

from local_server.errors import StartError

# Browsers refuse these ports in every URL, whatever its scheme and host: they are the "bad ports" of the
# Fetch standard that a program without privileges can use, but 4190 and 6679, which Chromium does not refuse.
REFUSED_BY_BROWSERS = (
    *(1719, 1720, 1723, 2049, 3659, 4045, 5060, 5061, 6000, 6566),
    *(6665, 6666, 6667, 6668, 6669, 6697, 10080),
)
_LOOPBACK = "127.0.0.1"


def hidden_address() -> tuple[str, int]:
    """Return a free address, on a random one of Linux's 16 million addresses of the loopback if there is one.

    Raises StartError.
    """
    ports = list(REFUSED_BY_BROWSERS)
    secrets.SystemRandom().shuffle(ports)
    for host in (_random_loopback(), _LOOPBACK):
        for port in ports:
            if _is_free(host, port):
                return host, port
    listed = ", ".join(str(port) for port in REFUSED_BY_BROWSERS)
    raise StartError(
        f"The emulator needs one of the ports {listed}, but all are in use. Stop a program there."
    )


def _random_loopback() -> str:
    return f"127.{_byte()}.{_byte()}.{_byte()}"


def _byte() -> int:
    return 1 + secrets.randbelow(254)


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((host, port))
        except OSError:  # in use, or a system whose loopback has one address
            return False
    return True
