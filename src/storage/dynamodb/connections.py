"""Kept connections to one endpoint. Each carries one request after the other, by Python's own `http.client`.

urllib3 would do the same, at a loss that decision 29 measures. What is ours is which connection a request
takes, until when its response may come, and how large it may be.
"""

import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPResponse
from select import POLLIN, poll
from threading import Lock
from typing import Final, cast
from urllib.parse import urlsplit

from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)

from storage.dynamodb.certificates import tls_context
from storage.dynamodb.deadlines import DeadlineSocket, DeadlineTlsSocket, seconds_until
from storage.dynamodb.signing import host_of

# Seconds for one address of the endpoint. A call has less if its deadline comes before.
CONNECT_TIMEOUT: Final = 2.0
# Bytes. DynamoDB responds with 16 MB of items at most; its JSON of them takes up to two thirds more, because
# binaries are base64, and names are repeated.
MAX_RESPONSE: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Response:
    """A response; its headers are found in any spelling."""

    status_code: int
    headers: HTTPMessage
    content: bytes


class Connections:
    """As many connections as are used at once, by any number of threads.

    `timeout` is in seconds, and bounds a whole call: connecting, sending and receiving together.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout: float,
        connect_timeout: float = CONNECT_TIMEOUT,
        ca_bundle: str | None = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.hostname is None:
            raise ValueError(f"{url!r} is not the URL of an endpoint")
        self._url, self._timeout, self._connect_timeout = url, timeout, connect_timeout
        is_tls = parts.scheme == "https"
        self._address = parts.hostname, parts.port or (443 if is_tls else 80)
        self._tls = tls_context(ca_bundle) if is_tls else None
        self._host = host_of(url)
        # The newest idle connection is used first.
        self._idle: list[_Connection] = []
        self._lock = Lock()

    def post(self, headers: Mapping[str, str], body: bytes) -> Response:
        """Send a request and wait for the response.

        Raises EndpointConnectionError, ConnectTimeoutError and SSLError if the request was not sent,
        ReadTimeoutError and ConnectionClosedError if it may have been.
        """
        deadline = time.monotonic() + self._timeout
        connection = self._take() or self._connect(deadline)
        connection.socket.deadline = deadline
        try:
            connection.request("POST", "/", body, {"Host": self._host, **headers})
            with connection.getresponse() as response:
                content = _read(response)
        except TimeoutError as error:
            connection.close()
            raise ReadTimeoutError(endpoint_url=self._url, error=error) from error
        except (OSError, HTTPException) as error:
            connection.close()
            raise ConnectionClosedError(endpoint_url=self._url, error=error) from error
        except BaseException:  # no other call may use a connection in the middle of a response
            connection.close()
            raise
        if not response.will_close:
            with self._lock:
                self._idle.append(connection)
        return Response(response.status, response.headers, content)

    def close(self) -> None:
        """Close the idle connections."""
        with self._lock:
            while self._idle:
                self._idle.pop().close()

    def __del__(self) -> None:
        """Close the idle connections, because clients are dropped without being closed."""
        if hasattr(self, "_lock"):
            self.close()

    def _take(self) -> "_Connection | None":
        """Return an idle connection on which nothing waits, if there is one.

        The oldest one is looked at as well, so that those that the server has closed do not pile up below the
        ones that are used.
        """
        with self._lock:
            if len(self._idle) > 1 and self._idle[0].is_disturbed():
                self._idle.pop(0).close()
            while self._idle:
                connection = self._idle.pop()
                if not connection.is_disturbed():
                    return connection
                connection.close()
        return None

    def _connect(self, deadline: float) -> "_Connection":
        connection = _Connection(*self._address)
        try:
            connection.open(self._connect_timeout, deadline, self._tls)
        except (OSError, UnicodeError) as error:  # UnicodeError: a name that no resolver takes
            connection.close()
            if isinstance(error, ssl.SSLError):
                raise SSLError(endpoint_url=self._url, error=error) from error
            if isinstance(error, TimeoutError):
                raise ConnectTimeoutError(endpoint_url=self._url, error=error) from error
            raise EndpointConnectionError(endpoint_url=self._url, error=error) from error
        return connection


class _Connection(HTTPConnection):
    """A connection that is never opened a second time."""

    auto_open = 0
    socket: DeadlineSocket | DeadlineTlsSocket

    def open(self, timeout: float, deadline: float, tls: ssl.SSLContext | None) -> None:
        """Connect to the first address of the host that takes the connection."""
        self.sock = self.socket = plain = _connected(self.host, self.port, timeout, deadline)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if tls is not None:
            plain.settimeout(min(timeout, seconds_until(deadline)))  # for the handshake as a whole
            self.sock = self.socket = cast(
                "DeadlineTlsSocket", tls.wrap_socket(plain, server_hostname=self.host)
            )

    def is_disturbed(self) -> bool:
        """Return True if an idle connection has something to read: its end, or what nobody asked for."""
        if isinstance(self.socket, DeadlineTlsSocket) and self.socket.pending():
            return True
        readable = poll()
        readable.register(self.socket, POLLIN)
        return bool(readable.poll(0))


def _connected(host: str, port: int, timeout: float, deadline: float) -> DeadlineSocket:
    """Return a socket that is connected to one of a host's addresses. Raises OSError."""
    failure: OSError = OSError("the host has no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        tried = DeadlineSocket(family, kind, protocol)
        try:
            tried.settimeout(min(timeout, seconds_until(deadline)))
            tried.connect(address)
        except OSError as error:
            tried.close()
            failure = error
        else:
            return tried
    raise failure


def _read(response: HTTPResponse) -> bytes:
    """Return the whole body. Raises HTTPException for one that is too long, or whose end is not sure."""
    if not _has_sure_end(response.headers, is_chunked=bool(response.chunked)):
        raise HTTPException("the end of the response is not sure")
    content = b""
    if response.chunked:
        try:
            content = response.read(MAX_RESPONSE + 1)
        except ValueError as error:  # a chunk of a negative size
            raise HTTPException(str(error)) from error
    elif response.length is not None and response.length <= MAX_RESPONSE:
        content = response.read()
    if not response.isclosed():
        raise HTTPException(f"the response has more than {MAX_RESPONSE:,} bytes")
    return content


def _has_sure_end(headers: HTTPMessage, *, is_chunked: bool) -> bool:
    """Return True if the headers say in one way where the body ends: by its chunks, or by one length."""
    lengths = headers.get_all("content-length", [])
    if is_chunked:
        return not lengths
    return "transfer-encoding" not in headers and len(lengths) == 1 and lengths[0].strip().isdecimal()
