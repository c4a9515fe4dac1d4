"""A connection of waitress: API Gateway's limits, bounds on what clients leave unfinished, and its end."""

from __future__ import annotations

import socket
import time
from typing import Any, cast

from waitress.buffers import OverflowableBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError, get_header_lines
from waitress.task import ErrorTask
from waitress.utilities import BadRequest, Error, RequestEntityTooLarge

from local_server.gateway import BODY_LIMIT
from local_server.responses import error_response

# Seconds from the first byte of a request in which its head must have come, and the whole request.
HEAD_SECONDS = 10.0
REQUEST_SECONDS = 60.0
# Seconds in which a client that is sent a response must take some of it.
STALLED_SECONDS = 60.0
# The most bytes of empty lines before a request, which RFC 9112 (2.2) asks servers to skip; of a line with
# the size of a chunk; and of the headers after the last chunk.
_BLANK_BYTES = 256
_CHUNK_LINE_BYTES = 4096
_TRAILER_BYTES = 65_536
# Seconds between two looks at a connection while its request is executed.
_LOOK_SECONDS = 0.05
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class _RequestTimeout(Error):
    code = 408
    reason = "Request Timeout"


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


class Parser(HTTPRequestParser):
    """The parser of one request. It refuses what has no end, and what two readers could read differently."""

    path = ""  # waitress logs it, also for a request that has none

    def __init__(self, adj: Any) -> None:
        super().__init__(adj)
        self.has_begun = False
        self._blank_bytes = 0

    def received(self, data: bytes) -> int:
        """Take bytes of the request, and return how many of them belong to it."""
        blank = 0
        if not self.has_begun:
            rest = data.lstrip(b"\r\n")
            blank = len(data) - len(rest)
            self._blank_bytes += blank
            if self._blank_bytes > _BLANK_BYTES:
                return self._refused(data)
            if not rest:
                return blank
            self.has_begun, data = True, rest
        taken = blank + super().received(data)
        # A head of blanks would be skipped like an empty line, without an end.
        return self._refused(data) if self.empty or self._is_endless() else taken

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head. Raises ParsingError, and waitress's error for a coding that it does not know."""
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # of urlsplit, or of a number with thousands of digits
            raise ParsingError(str(error)) from error
        # A length beside chunks, and chunks for HTTP/1.0: readers differ on where such a request ends, which
        # hides one request in another (RFC 9112, 6.1).
        if (self.chunked and "CONTENT_LENGTH" in self.headers) or "TRANSFER_ENCODING" in self.headers:
            raise ParsingError("The request has two lengths, or chunks that its version does not have.")
        if self.chunked and _transfer_codings(header_plus) != [b"chunked"]:
            raise ParsingError("The request names its transfer coding more than once.")
        if self.body_rcv is None:
            return
        self.body_rcv.buf = _CappedBuffer(self.adj.inbuf_overflow)
        if self.expect_continue and self.content_length > BODY_LIMIT:
            # The client waits until we ask for the body, so we refuse it before it is sent.
            self.expect_continue = False
            self.body_rcv = None
            self.error = RequestEntityTooLarge("")

    def give_up(self) -> None:
        """End the request because its rest has not come in time."""
        self.error, self.completed = _RequestTimeout(""), True

    def _refused(self, data: bytes) -> int:
        self.error = self.error or BadRequest("")
        self.completed, self.empty = True, False
        return len(data)

    def _is_endless(self) -> bool:
        receiver = cast("Any", self.body_rcv)
        return self.chunked and (
            len(receiver.control_line) > _CHUNK_LINE_BYTES or len(receiver.trailer) > _TRAILER_BYTES
        )


def _transfer_codings(head: bytes) -> list[bytes]:
    """Return the values of the headers Transfer-Encoding, which the parser has taken from its headers."""
    lines = (line.partition(b":") for line in get_header_lines(head))
    return [value.strip().lower() for name, _, value in lines if name.lower() == b"transfer-encoding"]


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
