"""HTTP messages as they go over a socket: read whole, passed on as bytes."""

import re

_LENGTH = re.compile(rb"^content-length:\s*(\d+)", re.IGNORECASE | re.MULTILINE)


class Broken(Exception):
    """The other side went away in the middle of a message."""


def read_message(stream):
    """Reads one request or one answer from a buffered stream; None when the other side has ended.

    Both sides of the proxies tell lengths, so a message without one has no body.
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
    """Finds a header's value; empty text when it is not there."""
    head = message.partition(b"\r\n\r\n")[0]
    found = re.search(rb"^" + name + rb":[ \t]*(.*?)\r?$", head, re.IGNORECASE | re.MULTILINE)
    return found[1].decode("latin-1") if found else ""


def body_of(message):
    return message.partition(b"\r\n\r\n")[2]


def answer(status, media_type, body):
    """Makes an answer that says so much and keeps the connection."""
    head = f"HTTP/1.1 {status} Refused\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
