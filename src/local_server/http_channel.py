"""A connection of waitress: bounds on what clients leave unfinished, and whether its client has left."""

from __future__ import annotations

import socket
import time
from typing import Any, cast

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

from local_server.http_parser import Parser
from local_server.responses import error_response

# Seconds from the first byte of a request in which its head must have come, and the whole request.
HEAD_SECONDS = 10.0
REQUEST_SECONDS = 60.0
# Seconds in which a client that is sent a response must take some of it.
STALLED_SECONDS = 60.0
# Seconds between two looks at a connection while its request is executed.
_LOOK_SECONDS = 0.05
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


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


class Channel(HTTPChannel):
    """A connection. It knows since when it waits for its client, and if the client of a request has left."""

    parser_class = Parser
    error_task_class = _ErrorTask

    def __init__(self, *arguments: Any, **more: Any) -> None:
        self.waiting_since = time.monotonic()
        self._has_been_served = False
        self._is_answering = False
        self._has_left = False
        self._was_probed = False
        self._next_look = 0.0
        super().__init__(*arguments, **more)

    @property
    def is_waiting(self) -> bool:
        """True while no request of the connection is executed or waits for a thread."""
        return not self.requests

    @property
    def is_idle(self) -> bool:
        """True between two requests: not before the first, nor while one arrives or a response is sent."""
        return self._has_been_served and not self._is_receiving and not self.total_outbufs_len

    @property
    def _is_receiving(self) -> bool:
        return self.request is not None and cast("Parser", self.request).has_begun

    def received(self, data: bytes) -> bool:
        """Take bytes of the client."""
        before = self.request
        taken: bool = super().received(data)
        if self.request is not before:
            self.waiting_since = time.monotonic()
        return taken

    def service(self) -> None:
        """Execute one request and write its response. The threads of the handlers call this."""
        with self.outbuf_lock:
            self._is_answering = False
        super().service()
        self._has_been_served = True
        self.waiting_since = time.monotonic()

    def write_soon(self, data: Any) -> int:
        """Send a part of a response."""
        with self.outbuf_lock:
            self._is_answering = True
        sent: int = super().write_soon(data)
        return sent

    def end_if_overdue(self) -> None:
        """Refuse a request whose rest does not come; close a connection whose client takes no response."""
        if self.total_outbufs_len:
            if time.time() - self.last_activity > STALLED_SECONDS:
                self.handle_close()
        elif self.is_waiting and self._is_receiving:
            request = cast("Parser", self.request)
            limit = REQUEST_SECONDS if request.headers_finished else HEAD_SECONDS
            if time.monotonic() - self.waiting_since > limit:
                self._refuse(request)

    def check_client_disconnected(self) -> bool:  # type: ignore[override]
        """Return True if nobody waits for the response to the request that is executed.

        waitress puts this into the environment of each request. Any thread may call it, at any rate.
        """
        now = time.monotonic()
        if now >= self._next_look and not self._has_left:
            self._next_look = now + _LOOK_SECONDS
            self._has_left = self._is_gone()
        return self._has_left

    def _is_gone(self) -> bool:
        connection = self.socket
        if connection is None or not self.connected:
            return True
        try:
            if connection.recv(1, socket.MSG_PEEK):
                return False
            self._probe(connection)
            return bool(connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
        except BlockingIOError:
            return False
        except OSError:
            return True

    def _probe(self, connection: socket.socket) -> None:
        """Find out if a client that sends no more still reads: if not, what is sent comes back as an error.

        A client may close its direction and wait for the response all the same. It skips this interim
        response, as every client of HTTP/1.1 must (RFC 9110, 15.2).
        """
        with self.outbuf_lock:
            if self._was_probed or self._is_answering or self.total_outbufs_len:
                return
            if self.requests and self.requests[0].version == "1.1":
                self._was_probed = True
                connection.send(_CONTINUE)

    def _refuse(self, request: Parser) -> None:
        channel = cast("Any", self)  # the types of waitress lack these attributes
        with channel.requests_lock:
            if self.request is request and not self.requests:
                request.give_up()
                self.request = None
                channel.requests.append(request)
                channel.server.add_task(self)
