"""What a server of DynamoDB may do wrong with a request, as a table.

Each entry is a list of steps that is made for one request: bytes are sent, functions are given the
connection. After the steps the connection ends, unless the last one is KEEP.
"""

import json
import socket
import struct
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Final

from tests.unit.socket_server import Request, response

Step = bytes | Callable[["Conversation"], None]


@dataclass
class Conversation:
    """One request on a connection of the server."""

    connection: socket.socket
    over: Any

    def pause(self, seconds: float) -> None:
        self.over.wait(seconds)


def keep(_: Conversation) -> None:
    """Say that the connection goes on after these steps."""


def hang(conversation: Conversation) -> None:
    """Do nothing until the client has left."""
    conversation.connection.settimeout(20)
    with suppress(OSError):
        while conversation.connection.recv(65536):
            pass


def reset(conversation: Conversation) -> None:
    """End the connection at once, by RST."""
    conversation.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def drip(parts: Iterable[bytes], *, every: float = 0.05) -> Step:
    """Return the step that sends parts now and then, until the client leaves."""

    def send(conversation: Conversation) -> None:
        for part in parts:
            conversation.connection.sendall(part)
            conversation.pause(every)

    return send


def flood(part: bytes) -> Step:
    """Return the step that sends the same until the client leaves."""

    def send(conversation: Conversation) -> None:
        while not conversation.over.is_set():
            conversation.connection.sendall(part)

    return send


def later(part: bytes) -> Step:
    def send(conversation: Conversation) -> None:
        conversation.pause(0.01)
        conversation.connection.sendall(part)

    return send


def right_body(request: Request) -> bytes:
    """Return the body of a right response: an item is there, and says which key was asked for."""
    members: dict[str, Any] = {}
    match request.operation:
        case "GetItem":
            members = {"Item": item(request.arguments["Key"])}
        case "Query":
            members = {"Items": [item({"pk": {"S": "a"}, "sk": {"S": "b"}})], "Count": 1, "ScannedCount": 1}
        case "BatchGetItem":
            found = {
                table: [item(key) for key in wanted["Keys"]]
                for table, wanted in request.arguments["RequestItems"].items()
            }
            members = {"Responses": found, "UnprocessedKeys": {}}
        case "UpdateItem":
            members = {"Attributes": item(request.arguments["Key"])}
    return json.dumps(members).encode()


def item(key: dict[str, Any]) -> dict[str, Any]:
    return {**key, "of": {"S": key["pk"]["S"]}}


def with_length(body: bytes, length: str, more: str = "") -> bytes:
    """Return a response with this text as its length."""
    right: bytes = response(body, more=more)
    return right.replace(b"Content-Length: %d\r\n" % len(body), length.encode())


def without_checksum(body: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def chunked(*chunks: bytes, of: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    head = with_length(of, "Transfer-Encoding: chunked\r\n").partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    return head + b"".join(chunks) + end


def chunk(part: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(part), part)


def bytes_of(text: bytes) -> Iterable[bytes]:
    return (bytes([one]) for one in text)


def changed(**members: Any) -> Callable[[bytes], list[Step]]:
    """Return the misbehaviour of a server whose responses have members of wrong types."""

    def misbehave(right: bytes) -> list[Step]:
        return [response(json.dumps({**json.loads(right), **members}).encode()), keep]

    return misbehave


HTML: Final = b"<html><body>Please log in</body></html>"
DEEP: Final = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
FOREIGN: Final = {"pk": {"S": "another's"}, "sk": {"S": "item"}, "of": {"S": "another's"}}

# What a client may put up with: the response is right and whole.
HARMLESS: Final[dict[str, Callable[[bytes], list[Step]]]] = {
    "a right response": lambda right: [response(right), keep],
    "Connection: close": lambda right: [response(right, more="Connection: close\r\n")],
    "an end that was not announced": lambda right: [response(right)],
    "an end by RST after the response": lambda right: [response(right), reset],
    "HTTP/1.0": lambda right: [response(right).replace(b"HTTP/1.1", b"HTTP/1.0")],
    "HTTP/1.0 that is kept": lambda right: [
        response(right, more="Connection: keep-alive\r\n").replace(b"HTTP/1.1", b"HTTP/1.0"),
        keep,
    ],
    "chunks": lambda right: (
        [chunked(chunk(right[:5]), chunk(right[5:]), of=right), keep]
        if len(right) > 5
        else [chunked(chunk(right), of=right), keep]
    ),
    "chunks with a trailer": lambda right: [
        chunked(chunk(right), of=right, end=b"0\r\nX-More: a\r\n\r\n"),
        keep,
    ],
    "a thousand times 100 Continue": lambda right: [
        b"HTTP/1.1 100 Continue\r\n\r\n" * 1000 + response(right),
        keep,
    ],
    "garbage in the packet of the response": lambda right: [response(right) + b"garbage", keep],
    "a second response in the same packet": lambda right: [response(right) + response(b'{"a": 1}'), keep],
    "a response byte by byte": lambda right: [drip(bytes_of(response(right)), every=0), keep],
}

# The same, but more comes when the client has its response already.
LATE: Final[dict[str, Callable[[bytes], list[Step]]]] = {
    "a second response a moment later": lambda right: [response(right), later(response(b"{}")), keep],
    "a second item a moment later": lambda right: [
        response(right),
        later(response(json.dumps({"Item": FOREIGN}).encode())),
        keep,
    ],
    "an end of the next response a moment later": lambda right: [response(right), later(b"}\r\n"), keep],
}

# What may not count as the response to a call.
WRONG: Final[dict[str, Callable[[bytes], list[Step]]]] = {
    "nothing, and an end": lambda _: [],
    "RST in place of the response": lambda _: [reset],
    "RST within the head": lambda right: [response(right)[:20], reset],
    "RST within the body": lambda right: [response(right)[:-1], reset],
    "an end within the first line": lambda right: [response(right)[:10]],
    "an end within the head": lambda right: [response(right)[:40]],
    "an end within the body": lambda right: [response(right)[:-1]],
    "an end within a chunk": lambda right: [chunked(chunk(right)[:-4], of=right, end=b"")],
    "an end before the last chunk": lambda right: [chunked(chunk(right), of=right, end=b"")],
    "something else than HTTP": lambda _: [b"220 mail.example.com ESMTP\r\n", keep],
    "bytes": lambda _: [bytes(range(256)) * 300],
    "HTTP/2": lambda _: [b"HTTP/2 200 OK\r\n\r\n", keep],
    "HTTP/0.9": lambda right: [right],
    "no length, and an end": lambda right: [with_length(right, "")],
    "no length, and no end": lambda right: [with_length(right, ""), keep],
    "a length that is too large, and an end": lambda right: [
        with_length(right, f"Content-Length: {len(right) + 1}\r\n")
    ],
    "a length that is too small": lambda right: [
        with_length(right, f"Content-Length: {len(right) - 1}\r\n"),
        keep,
    ],
    "a negative length": lambda right: [with_length(right, f"Content-Length: -{len(right)}\r\n"), keep],
    "a length with a sign": lambda right: [with_length(right, f"Content-Length: +{len(right)}\r\n"), keep],
    "a length with an underscore": lambda right: [with_length(right, "Content-Length: 1_0\r\n"), keep],
    "a length that is no number": lambda right: [with_length(right, "Content-Length: two\r\n"), keep],
    "a length of 50 GB": lambda right: [with_length(right, "Content-Length: 50000000000\r\n"), keep],
    "a length of 4,300 digits": lambda right: [
        with_length(right, f"Content-Length: {'9' * 4300}\r\n"),
        keep,
    ],
    "two lengths": lambda right: [
        with_length(right, f"Content-Length: {len(right)}\r\nContent-Length: {len(right) + 9}\r\n"),
        keep,
    ],
    "two lengths in one line": lambda right: [
        with_length(right, f"Content-Length: {len(right)}, {len(right)}\r\n"),
        keep,
    ],
    "a length and chunks": lambda right: [
        response(right, more="Transfer-Encoding: chunked\r\n").replace(right, chunk(right) + b"0\r\n\r\n")
    ],
    "an unknown transfer encoding": lambda right: [response(right, more="Transfer-Encoding: gzip\r\n"), keep],
    "a chunk whose size is no number": lambda right: [chunked(b"zz\r\n", right, of=right), keep],
    "a chunk of a negative size": lambda right: [chunked(b"-5\r\n", right, of=right), keep],
    "a chunk of 50 GB": lambda right: [chunked(b"BA43B7400\r\n", right, of=right)],
    "a wrong checksum": lambda right: [response(right, checksum="1"), keep],
    "a checksum that is no number": lambda right: [response(right, checksum="crc"), keep],
    "no checksum": lambda right: [without_checksum(right), keep],
    "an empty 200": lambda _: [without_checksum(b""), keep],
    "an empty 200 with its checksum": lambda _: [response(b""), keep],
    "a 204": lambda _: [b"HTTP/1.1 204 No Content\r\n\r\n", keep],
    "a 204 with a length": lambda _: [without_checksum(b"", "204 No Content"), keep],
    "a 101": lambda _: [b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", keep],
    "a 101 with a length": lambda _: [without_checksum(b"", "101 Switching Protocols"), keep],
    "a 201": lambda right: [response(right, "201 Created"), keep],
    "a 206": lambda right: [response(right, "206 Partial Content"), keep],
    "a 302": lambda _: [
        response(b"", "302 Found", more="Location: http://127.0.0.1:1/\r\n"),
        keep,
    ],
    "a 304": lambda _: [b"HTTP/1.1 304 Not Modified\r\n\r\n", keep],
    "a 307 with a right body": lambda right: [response(right, "307 Temporary Redirect"), keep],
    "a page": lambda _: [without_checksum(HTML), keep],
    "a page with its checksum": lambda _: [response(HTML), keep],
    "a page of a proxy": lambda _: [without_checksum(HTML, "407 Proxy Authentication Required"), keep],
    "a 404 that is not DynamoDB's": lambda _: [without_checksum(b'{"message": "no"}', "404 Not Found"), keep],
    "a 502": lambda _: [without_checksum(HTML, "502 Bad Gateway"), keep],
    "an empty 503": lambda _: [without_checksum(b"", "503 Service Unavailable"), keep],
    "a deep 500": lambda _: [without_checksum(DEEP, "500 Internal Server Error"), keep],
    "a deep 400": lambda _: [without_checksum(DEEP, "400 Bad Request"), keep],
    "deep JSON": lambda _: [response(DEEP), keep],
    "deep JSON with binaries": lambda _: [response(DEEP.replace(b'"a"', b'"B"')), keep],
    "JSON that is cut, with its checksum": lambda right: [response(right[:-1]), keep],
    "a list": lambda right: [response(b"[%s]" % right), keep],
    "a number": lambda _: [response(b"1"), keep],
    "null": lambda _: [response(b"null"), keep],
    "bytes that are no text": lambda _: [response(b'{"Item": {"pk": {"S": "\xff\xfe"}}}'), keep],
    "gzip": lambda _: [response(b"\x1f\x8b\x08\0\0\0\0\0", more="Content-Encoding: gzip\r\n"), keep],
    "an item that is a text": changed(Item="text"),
    "an item that is a list": changed(Item=[]),
    "an attribute without a type": changed(Item={"pk": "text"}),
    "items that are an object": changed(Items={}),
    "items that are numbers": changed(Items=[1]),
    "a count that is a text": changed(Count="1"),
    "attributes that are a number": changed(Attributes=1),
    "capacity that is a text": changed(ConsumedCapacity={"CapacityUnits": "1"}),
    "a binary that is no base64": changed(Item={"pk": {"B": "a"}}),
    "200 header lines": lambda right: [response(right, more="X-Much: a\r\n" * 200), keep],
    "a header line of 100 KB": lambda right: [response(right, more=f"X-Long: {'a' * 100_000}\r\n"), keep],
}

# What only the time of a call ends.
SLOW: Final[dict[str, Callable[[bytes], list[Step]]]] = {
    "nothing": lambda _: [hang],
    "a part of the head, then nothing": lambda right: [response(right)[:30], hang],
    "a part of the body, then nothing": lambda right: [response(right)[:-1], hang],
    "a head that drips": lambda right: [drip(bytes_of(response(right)[:-1])), hang],
    "header lines that drip": lambda _: [b"HTTP/1.1 200 OK\r\n", drip(repeat(b"X-A: a\r\n"), every=0.1)],
    "a body that drips": lambda _: [
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n",
        drip(repeat(b" ")),
    ],
    "chunks that drip": lambda _: [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        drip(repeat(b"1\r\n \r\n")),
    ],
    "100 Continue for ever": lambda _: [flood(b"HTTP/1.1 100 Continue\r\n\r\n")],
    "trailers for ever": lambda right: [chunked(chunk(right), of=right, end=b"0\r\n"), flood(b"X-A: a\r\n")],
}
