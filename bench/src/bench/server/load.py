"""The load generator: one process, so that it takes as little as possible of the servers' cores.

It reads the work of one cell as JSON from stdin, keeps the connections busy, each with one request at a time,
and prints the results. It imports the standard library alone, and prepares every request.
"""

import asyncio
import gc
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from typing import Any, cast

# Seconds for the last requests, because Prefect holds a write for ten seconds before it refuses it.
DRAIN_SECONDS = 20.0
_HEAD_END = b"\r\n\r\n"


class Load:
    """One cell: its requests, and their responses since the end of the warm-up."""

    def __init__(self, work: dict[str, Any]) -> None:
        head = f"host: 127.0.0.1:{work['port']}\r\ncontent-type: application/json\r\naccept: application/json"
        sequences = [[_encoded(request, head) for request in sequence] for sequence in work["sequences"]]
        self.sequences: Iterator[list[bytes]] = iter(cycle(sequences) if work["repeat"] else sequences)
        self.expect = work["expect"].encode()
        self.began = time.perf_counter() + work["warm_up"]
        self.until = self.began + work["seconds"]
        self.pause = work["pause"]  # after a failure
        self.last = self.began
        self.in_time = 0
        self.spans: list[float] = []
        self.errors: Counter[str] = Counter()

    def take(self, began: float, error: str | None) -> None:
        """Record a response."""
        now = time.perf_counter()
        if now < self.began:
            return
        if error is not None:
            self.errors[error] += 1
            return
        self.spans.append(1000 * (now - began))
        if now <= self.until:
            self.in_time, self.last = self.in_time + 1, now

    def outcome(self) -> dict[str, Any]:
        """Return the figures. The rate counts good responses until the end of the work or of the time."""
        over = next(self.sequences, None) is None
        seconds = (self.last if over else self.until) - self.began
        spans = sorted(self.spans)
        quantiles = {
            f"p{percent}": spans[min(len(spans) - 1, len(spans) * percent // 100)] if spans else None
            for percent in (50, 95, 99)
        }
        rate = self.in_time / seconds if seconds > 0 else 0.0
        return {"rate": rate, **quantiles, "responses": len(spans), "errors": dict(self.errors)}


class Connection(asyncio.Protocol):
    """A connection that sends requests one by one until one fails; `over` if no request is left."""

    def __init__(self, load: Load) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting = self.over = False
        self._load = load
        self._left: Iterator[bytes] = iter(())
        self._began = 0.0
        self._buffer = bytearray()
        self._length = -1  # of the whole response, known after its headers

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._length < 0 and (end := self._buffer.find(_HEAD_END)) >= 0:
            self._length = end + len(_HEAD_END) + _content_length(bytes(self._buffer[:end]))
        if 0 <= self._length <= len(self._buffer):
            response, self._buffer, self._length = bytes(self._buffer), bytearray(), -1
            error = self._verdict(response)
            self._record(error)
            if error is None:
                self._ask()
            else:
                # Prefect closes the connection after a 503 without a header, which would break the next
                # request.
                self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self.waiting:
            self._record("connection lost")
        if not self.done.done():
            self.done.set_result(None)

    def _record(self, error: str | None) -> None:
        self.waiting = False
        self._load.take(self._began, error)
        if error is not None:
            self._left = iter(())  # the rest of the sequence depends on the failed request

    def _verdict(self, response: bytes) -> str | None:
        status = response[9:12]
        if not status.startswith(b"2"):
            return status.decode()
        good = self._load.expect in response and b'"errors":' not in response
        return None if good else "refused"

    def _ask(self) -> None:
        request = next(self._left, None)
        while request is None:
            sequence = next(self._load.sequences, None)
            if sequence is None:
                break
            self._left = iter(sequence)
            request = next(self._left, None)
        self._began = time.perf_counter()
        if request is None or self._began >= self._load.until:
            self.over = True
            self._transport.close()
            return
        self.waiting = True
        self._transport.write(request)


async def keep_busy(load: Load, port: int, deadline: float) -> None:
    """Send requests over one connection, and over a new one after each loss."""
    loop = asyncio.get_running_loop()
    over = False
    while not over and time.perf_counter() < load.until:
        try:
            _, connection = await loop.create_connection(lambda: Connection(load), "127.0.0.1", port)
        except OSError:
            load.take(0, "no connection")
            await asyncio.sleep(0.1)
            continue
        await asyncio.wait([connection.done], timeout=max(0.0, deadline - time.perf_counter()))
        if connection.waiting:
            load.take(0, "no response")
            connection.waiting = False
        over = connection.over
        if not over:
            await asyncio.sleep(load.pause)


def _encoded(request: list[str], head: str) -> bytes:
    method, path, body = request
    data = body.encode()
    return f"{method} {path} HTTP/1.1\r\n{head}\r\ncontent-length: {len(data)}\r\n\r\n".encode() + data


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    raise SystemExit(f"a response without a length: {head!r}")


async def generate(work: dict[str, Any]) -> dict[str, Any]:
    """Execute the work of one cell, and return its figures."""
    load = Load(work)
    gc.freeze()
    gc.disable()
    deadline = load.until + DRAIN_SECONDS
    await asyncio.gather(*(keep_busy(load, work["port"], deadline) for _ in range(work["connections"])))
    return load.outcome()


if __name__ == "__main__":
    json.dump(asyncio.run(generate(json.load(sys.stdin))), sys.stdout)
