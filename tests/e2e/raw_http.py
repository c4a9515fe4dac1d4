"""HTTP as bytes, for requests that no library sends."""

import socket
from contextlib import contextmanager

TIMEOUT = 30


@contextmanager
def connected(port):
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) as connection:
        yield connection


def exchange(port, data):
    """Send the bytes, and return all that comes back until the server closes the connection."""
    with connected(port) as connection:
        connection.sendall(data)
        return read_to_end(connection)


def read_to_end(connection):
    received = b""
    try:
        while piece := connection.recv(65536):
            received += piece
    except ConnectionResetError:  # the server closed with bytes of ours unread
        pass
    return received


def status(response):
    """Return the status of the first response."""
    return int(response.split(b" ", 2)[1]) if response else None
