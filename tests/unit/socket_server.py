"""A server of sockets that responds as a test needs it, and connections to it."""

import json
import socket
import threading
import time
from contextlib import contextmanager, suppress
from zlib import crc32

from storage.dynamodb.connections import Connections


def response(body=b"{}", status="200 OK", *, checksum=None, more=""):
    """Return the bytes of a response of DynamoDB."""
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{more}"
    return (head + f"x-amz-crc32: {checksum or crc32(body)}\r\n\r\n").encode() + body


ANSWER = response(more="X-Name: a\r\n")


class Server:
    """Does the same steps for the requests of each connection, then ends the connection.

    A step is the bytes of a response, or a function that is given the connection and the request.
    """

    def __init__(self, *responses, pause=0.0, tls=None):
        self.responses, self.pause, self.tls = responses, pause, tls
        self.connections, self.requests = 0, []
        self.over = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.over.set()
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection):
        with suppress(OSError):
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection:
                self.serve(connection)

    def serve(self, connection):
        for response in self.responses:
            self.requests.append(read_request(connection))
            time.sleep(self.pause)
            connection.sendall(response)


class Request:
    """A request of DynamoDB's client."""

    def __init__(self, head, body):
        self.head = head
        self.operation = head.partition("X-Amz-Target: DynamoDB_20120810.")[2].partition("\r\n")[0]
        self.arguments = json.loads(body)


def read_request(connection):
    text = b""
    while b"\r\n\r\n" not in text:
        if not (part := connection.recv(65536)):
            raise ConnectionError
        text += part
    head, _, body = text.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)
    return head.decode(), body


def until(condition):
    """Wait for something that other threads bring about in a moment."""
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen")


@contextmanager
def serving(server):
    try:
        yield server
    finally:
        server.close()


@contextmanager
def served(*responses, scheme="http", ca_bundle=None, timeout=10, **more):
    with serving(Server(*responses, **more)) as server:
        url = f"{scheme}://127.0.0.1:{server.port}/"
        there = Connections(url, connect_timeout=5, timeout=timeout, ca_bundle=ca_bundle)
        try:
            yield server, there
        finally:
            there.close()
