"""Sockets whose sends and receives all end by one deadline.

The timeout of a socket begins anew with each receive. So a server that sends a byte now and then could hold a
call for ever.
"""

import socket
import ssl
import time
from typing import Any


def seconds_until(deadline: float) -> float:
    """Return the seconds until a moment of the monotonic clock. Raises TimeoutError if it is over."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the deadline of the call is over")
    return left


class DeadlineSocket(socket.socket):
    """A socket with a deadline for all that is sent and received, set before each call."""

    deadline: float = 0.0

    def sendall(self, *arguments: Any) -> None:
        """Send all data. The timeout of a plain socket holds for all of it together."""
        self.settimeout(seconds_until(self.deadline))
        super().sendall(*arguments)

    def recv_into(self, *arguments: Any) -> int:
        """Receive into a buffer, as responses are read."""
        self.settimeout(seconds_until(self.deadline))
        return super().recv_into(*arguments)


class DeadlineTlsSocket(ssl.SSLSocket):
    """The same with TLS. Its `sendall` calls `send` for each part."""

    deadline: float = 0.0

    def send(self, *arguments: Any) -> int:
        """Send a part of the data."""
        self.settimeout(seconds_until(self.deadline))
        return super().send(*arguments)

    def recv_into(self, *arguments: Any) -> int:
        """Receive into a buffer, as responses are read."""
        self.settimeout(seconds_until(self.deadline))
        return super().recv_into(*arguments)
