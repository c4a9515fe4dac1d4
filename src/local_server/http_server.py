"""The HTTP server: waitress, which closes connections before they keep others out."""

from __future__ import annotations

import heapq
import logging
import resource
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, cast

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server

from local_server.http_channel import Channel
from local_server.listening import BACKLOG

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable, Sized
    from wsgiref.types import WSGIApplication

_THREADS = 32
# Connections at a time. Half of them may be without a request that is executed, so that requests that arrive
# whole find a place. The process needs further files, for its calls of the database.
_CONNECTIONS = 800
_OTHER_FILES = 224
_ACCEPTED_AT_ONCE = 50
_FINISH_SECONDS = 5.0
# The system may deliver a signal to another thread, and then the waiting thread does not wake up. So it looks
# by itself this often, also for connections whose time is over.
_LOOK_SECONDS = 1.0


class HttpServer:
    """A server that runs a WSGI application in many threads, with keep-alive, until `stop` is called."""

    def __init__(self, application: WSGIApplication, listener: socket.socket) -> None:
        # This logger warns of every request that waits for a thread.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._sockets: dict[int, Any] = {}
        self._stopping = False
        self._next_look = 0.0
        self._known = 0
        connections = _possible_connections()
        self._most_waiting = connections // 2
        server = create_server(
            application,
            map=self._sockets,
            sockets=[listener],
            threads=_THREADS,
            connection_limit=connections,
            backlog=BACKLOG,
            ident=None,
            asyncore_use_poll=True,
            clear_untrusted_proxy_headers=False,
            max_request_body_size=sys.maxsize,  # the parser applies the limit
        )
        self._server = cast("BaseWSGIServer", server)
        self._server.channel_class = Channel

    def run(self) -> None:
        """Serve until `stop` is called; then finish the requests that have arrived, for a few seconds."""
        while not self._stopping:
            self._turn(_LOOK_SECONDS)
            self._tidy()
        self._server.accepting = False
        deadline = time.monotonic() + _FINISH_SECONDS
        while self._busy() and time.monotonic() < deadline:
            self._turn(timeout=0.05)
        self._server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(self._sockets)

    def stop(self) -> None:
        """Make `run` return. Any thread and any signal handler may call this."""
        if not self._stopping:  # the first call may have closed the trigger already
            self._stopping = True
            self._server.pull_trigger()

    def _turn(self, timeout: float) -> None:
        wasyncore.loop(timeout=timeout, map=self._sockets, use_poll=True, count=1)

    def _tidy(self) -> None:
        """Accept a crowd; close the connections that wait for their clients too long, or are too many."""
        channels = cast("dict[int, Channel]", self._server.active_channels)
        if len(channels) > self._known:
            self._accept_more(channels)
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + _LOOK_SECONDS
            for channel in list(channels.values()):
                channel.end_if_overdue()
        if len(channels) > self._most_waiting:
            waiting = [channel for channel in channels.values() if channel.is_waiting]
            for channel in too_many(waiting, self._most_waiting):
                channel.handle_close()
        self._known = len(channels)

    def _accept_more(self, channels: Sized) -> None:
        # waitress accepts one connection in a turn, and each turn costs more the more connections there are.
        for _ in range(_ACCEPTED_AT_ONCE):
            before = len(channels)
            if before >= self._server.adj.connection_limit:
                return
            self._server.handle_accept()
            if len(channels) == before:
                return

    def _busy(self) -> bool:
        channels = [item for item in self._sockets.values() if isinstance(item, HTTPChannel)]
        return any(channel.requests or channel.total_outbufs_len for channel in channels)


def too_many(waiting: Iterable[Channel], most: int) -> list[Channel]:
    """Return which of the connections that wait for their clients are to be closed, so that `most` are left.

    They are those of the address that has most of them: first the ones that have something unfinished, before
    those that are idle between two requests; of each kind the oldest. So a client whose request arrives at
    once is not hit, whoever else holds connections.
    """
    channels = list(waiting)
    excess = len(channels) - most
    if excess <= 0:
        return []
    (address, _), *_ = Counter(channel.addr[0] for channel in channels).most_common(1)
    of_address = (channel for channel in channels if channel.addr[0] == address)
    return heapq.nsmallest(excess, of_address, key=lambda channel: (channel.is_idle, channel.waiting_since))


def _possible_connections() -> int:
    """Return how many connections this process can have, after raising its limit of open files if need be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _CONNECTIONS + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    is_enough = soft == resource.RLIM_INFINITY or soft >= wanted
    return _CONNECTIONS if is_enough else max(2, soft - _OTHER_FILES)
