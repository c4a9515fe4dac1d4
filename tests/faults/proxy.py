"""A proxy on the loopback that forwards requests one by one, with faults."""

import socket
import threading
import time
from contextlib import suppress
from typing import BinaryIO

from tests.faults.mischief import Fault
from tests.faults.wire import Broken, read_message

_SECONDS = 30


class Proxy:
    """A listener on a free port that forwards to the port `target`, which may change."""

    def __init__(self, target, mischief):
        self.target = target
        self._mischief = mischief
        self._late = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self):
        return self._listener.getsockname()[1]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def close(self):
        # Closing alone does not wake a thread that waits in accept.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.settle()

    def settle(self):
        """Wait until all delayed requests have been delivered."""
        while self._late:
            self._late.pop().join()

    def _accept(self):
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        upstream = _Upstream(self)
        with suppress(OSError, Broken), connection, connection.makefile("rb") as stream:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while (request := read_message(stream)) is not None:
                response = self._response(upstream, request)
                if response is None:
                    break
                connection.sendall(response)
        upstream.close()

    def _response(self, upstream, request):
        """Return the response to forward, or None to close the connection."""
        act = self._mischief.act(request)
        if act.fault is Fault.LOSE_REQUEST:
            return None
        if act.fault is Fault.REFUSE:
            return act.refusal
        if act.fault is Fault.LATE:
            thread = threading.Thread(target=self._deliver_late, args=(request, act.seconds), daemon=True)
            self._late.append(thread)
            thread.start()
            return None
        if act.fault is Fault.DELAY:
            time.sleep(act.seconds)
        response = upstream.ask(request)
        if act.fault is Fault.TWICE:
            upstream.ask(request)
        return None if act.fault is Fault.LOSE_RESPONSE else response

    def _deliver_late(self, request, seconds):
        time.sleep(seconds)
        upstream = _Upstream(self)
        with suppress(OSError, Broken):
            upstream.ask(request)
        upstream.close()


class _Upstream:
    """The connection to the target of one connection to the proxy."""

    def __init__(self, proxy):
        self._proxy = proxy
        self._socket: socket.socket | None = None
        self._stream: BinaryIO | None = None

    def ask(self, request):
        """Forward a request and return the response. Raises OSError and Broken."""
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._proxy.target), _SECONDS)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._stream = self._socket.makefile("rb")
        self._socket.sendall(request)
        response = read_message(self._stream)
        if response is None:
            raise Broken
        return response

    def close(self):
        for opened in (self._stream, self._socket):
            if opened is not None:
                opened.close()
