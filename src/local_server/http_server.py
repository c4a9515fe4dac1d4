"""The HTTP server: waitress, with the limits and the error bodies of API Gateway."""

from __future__ import annotations

import logging
import socket
import sys
import time
from typing import TYPE_CHECKING, Any, cast

from waitress import wasyncore
from waitress.buffers import OverflowableBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer, create_server
from waitress.task import ErrorTask
from waitress.utilities import RequestEntityTooLarge

from local_server.errors import StartError
from local_server.gateway import BODY_LIMIT
from local_server.responses import error_response

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

_THREADS = 32
_CONNECTIONS = 1000
_BACKLOG = 1024
_FINISH_SECONDS = 5.0
# The system may deliver a signal to another thread, and then the waiting thread does not wake up. So it looks
# by itself this often.
_LOOK_SECONDS = 1.0


def bind(host: str, port: int) -> socket.socket:
    """Listen on the address; port 0 stands for any free port. Raises StartError."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise StartError(f"HOST={host} is not an address of this machine: {error.strerror}.") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise StartError(
            f"Port {port} on {host} cannot be used: {error.strerror}. "
            "Stop the program that has it or choose another: PORT=4201 make run"
        ) from error
    return listener


class HttpServer:
    """A server that runs a WSGI application in many threads, with keep-alive, until `stop` is called."""

    def __init__(self, application: WSGIApplication, listener: socket.socket) -> None:
        # This logger warns of every request that waits for a thread.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._sockets: dict[int, Any] = {}
        self._stopping = False
        server = create_server(
            application,
            map=self._sockets,
            sockets=[listener],
            threads=_THREADS,
            connection_limit=_CONNECTIONS,
            backlog=_BACKLOG,
            ident=None,
            asyncore_use_poll=True,
            clear_untrusted_proxy_headers=False,
            max_request_body_size=sys.maxsize,  # _Parser applies the limit
        )
        self._server = cast("BaseWSGIServer", server)
        self._server.channel_class = _Channel

    def run(self) -> None:
        """Serve until `stop` is called; then finish the requests that have arrived, for a few seconds."""
        while not self._stopping:
            self._turn(_LOOK_SECONDS)
        self._server.accepting = False
        deadline = time.monotonic() + _FINISH_SECONDS
        while self._busy() and time.monotonic() < deadline:
            self._turn(timeout=0.05)
        self._server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(self._sockets)

    def stop(self) -> None:
        """Make `run` return. Any thread and any signal handler may call this."""
        if not self._stopping:  # the first call may have closed the trigger already
            self._stopping = True
            self._server.pull_trigger()

    def _turn(self, timeout: float) -> None:
        wasyncore.loop(timeout=timeout, map=self._sockets, use_poll=True, count=1)

    def _busy(self) -> bool:
        channels = [item for item in self._sockets.values() if isinstance(item, HTTPChannel)]
        return any(channel.requests or channel.total_outbufs_len for channel in channels)


class _CappedBuffer(OverflowableBuffer):
    """A buffer that counts every byte of a body, and drops the body when it passes the limit.

    A refused body is read to its end, because then the connection stays usable, and a client that sends
    before it reads gets the response. It is not stored, so it costs neither memory nor disk.
    """

    def __init__(self, overflow: int) -> None:
        super().__init__(overflow)
        self._received = 0

    def __len__(self) -> int:
        return self._received

    def append(self, s: bytes) -> None:
        self._received += len(s)
        if self._received <= BODY_LIMIT:
            super().append(s)
        elif self.buf is not None or self.strbuf:
            self.close()
            self.buf, self.strbuf = None, b""


class _Parser(HTTPRequestParser):
    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.body_rcv is None:
            return
        self.body_rcv.buf = _CappedBuffer(self.adj.inbuf_overflow)
        if self.expect_continue and self.content_length > BODY_LIMIT:
            # The client waits until we ask for the body, so we refuse it before it is sent.
            self.expect_continue = False
            self.body_rcv = None
            self.error = RequestEntityTooLarge("")


class _ErrorTask(ErrorTask):
    """The response of API Gateway to bytes that are no valid request; it closes the connection."""

    def execute(self) -> None:
        error: Any = cast("Any", self.request).error
        response = error_response(error.code, error.reason)
        self.status = f"{error.code} {error.reason}"
        self.response_headers = list(response.headers)
        self.set_close_on_finish()
        self.content_length = len(response.body)
        self.write(response.body)


class _Channel(HTTPChannel):
    parser_class = _Parser
    error_task_class = _ErrorTask
