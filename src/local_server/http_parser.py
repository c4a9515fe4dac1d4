"""The parser of requests: API Gateway's limit of bodies, and what no two readers may read differently."""

from __future__ import annotations

from typing import Any, cast

from waitress.buffers import OverflowableBuffer
from waitress.parser import HTTPRequestParser, ParsingError, get_header_lines
from waitress.utilities import BadRequest, Error, RequestEntityTooLarge

from local_server.gateway import BODY_LIMIT

# The most bytes of empty lines before a request, which RFC 9112 (2.2) asks servers to skip; of a line with
# the size of a chunk; and of the headers after the last chunk.
_BLANK_BYTES = 256
_CHUNK_LINE_BYTES = 4096
_TRAILER_BYTES = 65_536


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
