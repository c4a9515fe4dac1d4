"""Kept connections to one endpoint: each request is sent in one write, each response read by http.client.

DynamoDB responds in less time than a general connection pool takes to send and read.
"""

import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import BadStatusLine, HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from select import POLLIN, poll
from typing import Final
from urllib.parse import urlsplit

from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)

from storage.dynamodb.signing import endpoint

# Seconds. The server may have closed a connection that was idle for longer. Checking that takes a system
# call, so a connection that was used a moment ago is taken without the check.
_CHECK_AFTER: Final = 1.0
# Seconds. The response to a call takes milliseconds.
CONNECT_TIMEOUT: Final = 2.0
READ_TIMEOUT: Final = 5.0


@dataclass(frozen=True, slots=True)
class Response:
    """A response; its headers are found in any spelling."""

    status_code: int
    headers: HTTPMessage
    content: bytes


class Connections:
    """As many connections as are used at once, by any number of threads; timeouts are in seconds."""

    def __init__(
        self, url: str, *, connect_timeout: float, read_timeout: float, ca_bundle: str | None = None
    ) -> None:
        # The newest idle connection is used first. A list's end changes in one step, so threads need no lock.
        self._idle: list[tuple[socket.socket, float]] = []
        parts = urlsplit(url)
        if parts.hostname is None:
            raise ValueError(f"{url!r} is not the URL of an endpoint")
        self._url, self._host = url, parts.hostname
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        host, path = endpoint(url)
        self._head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\n"
        self._connect_timeout, self._read_timeout = connect_timeout, read_timeout
        self._tls = _tls(ca_bundle) if parts.scheme == "https" else None

    def post(self, headers: Mapping[str, str], body: bytes) -> Response:
        """Send a request and wait for the response.

        Raises EndpointConnectionError, ConnectTimeoutError and SSLError if the request was not sent,
        ReadTimeoutError and ConnectionClosedError if it may have been.
        """
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"{self._head}{lines}Content-Length: {len(body)}\r\n\r\n"
        connection = self._take() or self._connect()
        try:
            connection.sendall(head.encode("latin-1") + body)
            response = HTTPResponse(connection, method="POST")
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
        if response.will_close:
            connection.close()
        else:
            self._idle.append((connection, time.monotonic()))
        return Response(response.status, response.headers, content)

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop()[0].close()

    def __del__(self) -> None:
        """Close the idle connections, because clients are dropped without being closed."""
        self.close()

    def _take(self) -> socket.socket | None:
        while True:
            try:
                connection, since = self._idle.pop()
            except IndexError:
                return None
            if time.monotonic() - since < _CHECK_AFTER or not _has_ended(connection):
                return connection
            connection.close()

    def _connect(self) -> socket.socket:
        connection = None
        try:
            connection = socket.create_connection((self._host, self._port), self._connect_timeout)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_hostname=self._host)
            connection.settimeout(self._read_timeout)
        except OSError as error:
            if connection is not None:
                connection.close()
            if isinstance(error, ssl.SSLError):
                raise SSLError(endpoint_url=self._url, error=error) from error
            if isinstance(error, TimeoutError):
                raise ConnectTimeoutError(endpoint_url=self._url, error=error) from error
            raise EndpointConnectionError(endpoint_url=self._url, error=error) from error
        return connection


def _read(response: HTTPResponse) -> bytes:
    response.begin()
    if response.length is None and not response.chunked:
        raise BadStatusLine("a response without a length may have been cut off")
    return response.read()


def _has_ended(connection: socket.socket) -> bool:
    """Return True if an idle connection can be read: all that can come then is its end."""
    readable = poll()
    readable.register(connection, POLLIN)
    return bool(readable.poll(0))


def _certificates() -> str:
    """Return the file of the authorities that botocore trusts: certifi's, or else its own."""
    try:
        from certifi import where  # noqa: PLC0415
    except ImportError:
        import botocore  # noqa: PLC0415

        return str(Path(botocore.__file__).with_name("cacert.pem"))
    return where()


def _tls(ca_bundle: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_bundle or _certificates())
    context.set_alpn_protocols(["http/1.1"])
    return context
