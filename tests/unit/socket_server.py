"""A server of sockets that responds as a test needs it, and connections to it."""

import socket
import threading
import time
from contextlib import contextmanager

from storage.dynamodb.connections import Connections

ANSWER = b"HTTP/1.1 200 OK\r\nX-Name: a\r\nContent-Length: 2\r\n\r\n{}"


class Server:
    """Sends the given responses to the requests of each connection, then ends the connection."""

    def __init__(self, *answers, pause=0.0, tls=None):
        self.answers, self.pause, self.tls = answers, pause, tls
        self.connections, self.requests = 0, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection):
        try:
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection:
                for answer in self.answers:
                    self.requests.append(self._read(connection))
                    time.sleep(self.pause)
                    connection.sendall(answer)
        except OSError:
            return

    def _read(self, connection):
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


@contextmanager
def served(*answers, scheme="http", ca_bundle=None, **more):
    server = Server(*answers, **more)
    there = Connections(
        f"{scheme}://127.0.0.1:{server.port}/", connect_timeout=1, read_timeout=0.3, ca_bundle=ca_bundle
    )
    try:
        yield server, there
    finally:
        there.close()
        server.listener.close()
