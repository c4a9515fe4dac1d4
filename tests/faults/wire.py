"""HTTP messages on a socket, read whole and forwarded as bytes."""

import re

_LENGTH = re.compile(rb"^content-length:\s*(\d+)", re.IGNORECASE | re.MULTILINE)


class Broken(Exception):
    """The other side closed the connection in the middle of a message."""


def read_message(stream):
    """Read one request or response from a buffered stream. Return None if the other side has ended.

    Both sides of the proxies send lengths, so a message without one has no body.
    """
    lines = []
    while (line := stream.readline()) not in (b"\r\n", b""):
        lines.append(line)
    if not line:
        if lines:
            raise Broken
        return None
    head = b"".join(lines) + line
    found = _LENGTH.search(head)
    length = int(found[1]) if found else 0
    body = stream.read(length)
    if len(body) < length:
        raise Broken
    return head + body


def header(message, name):
    """Return a header's value, or an empty text without it."""
    head = message.partition(b"\r\n\r\n")[0]
    found = re.search(rb"^" + name + rb":[ \t]*(.*?)\r?$", head, re.IGNORECASE | re.MULTILINE)
    return found[1].decode("latin-1") if found else ""


def body_of(message):
    return message.partition(b"\r\n\r\n")[2]


def response(status, media_type, body):
    """Return a response that keeps the connection open."""
    head = f"HTTP/1.1 {status} Refused\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
