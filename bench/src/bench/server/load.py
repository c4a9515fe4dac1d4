"""The load generator: one process, so that neither server has to share a core with more of it than needed.

It reads one cell's work as JSON from stdin, keeps so many connections busy for so long, each with one request
at a time, and prints what came of it. It imports the standard library alone, and prepares every request.
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

DRAIN_SECONDS = (
    20.0  # for what is under way at the end: Prefect holds a write for ten seconds, then refuses it
)
_HEAD_END = b"\r\n\r\n"


class Load:
    """One cell: where its requests come from, and what was answered from the end of the warm-up on."""

    def __init__(self, work: dict[str, Any]) -> None:
        head = f"host: 127.0.0.1:{work['port']}\r\ncontent-type: application/json\r\naccept: application/json"
        sequences = [[_encoded(request, head) for request in each] for each in work["sequences"]]
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
        """Note an answer."""
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
        """Give the figures; a rate counts good answers alone, until the work or the time was over."""
        over = next(self.sequences, None) is None
        seconds = (self.last if over else self.until) - self.began
        spans = sorted(self.spans)
        quantiles = {
            f"p{each}": spans[min(len(spans) - 1, len(spans) * each // 100)] if spans else None
            for each in (50, 95, 99)
        }
        rate = self.in_time / seconds if seconds > 0 else 0.0
        return {"rate": rate, **quantiles, "answers": len(spans), "errors": dict(self.errors)}


class Connection(asyncio.Protocol):
    """Asks, waits for the answer, and asks again until one fails; `over` if there was no more to ask."""

    def __init__(self, load: Load) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting = self.over = False
        self._load = load
        self._left: Iterator[bytes] = iter(())
        self._began = 0.0
        self._buffer = bytearray()
        self._length = -1  # of the whole answer, once its head has come

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._length < 0 and (end := self._buffer.find(_HEAD_END)) >= 0:
            self._length = end + len(_HEAD_END) + _content_length(bytes(self._buffer[:end]))
        if 0 <= self._length <= len(self._buffer):
            answer, self._buffer, self._length = bytes(self._buffer), bytearray(), -1
            error = self._verdict(answer)
            self._settle(error)
            if error is None:
                self._ask()
            else:
                # Prefect hangs up after a 503 without saying so; the next request must not run into that.
                self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self.waiting:
            self._settle("connection lost")
        if not self.done.done():
            self.done.set_result(None)

    def _settle(self, error: str | None) -> None:
        self.waiting = False
        self._load.take(self._began, error)
        if error is not None:
            self._left = iter(())  # what follows builds on what failed

    def _verdict(self, answer: bytes) -> str | None:
        status = answer[9:12]
        if not status.startswith(b"2"):
            return status.decode()
        good = self._load.expect in answer and b'"errors":' not in answer
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
    """Ask over one connection, and over a new one whenever it is lost."""
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
            load.take(0, "no answer")
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
    raise SystemExit(f"an answer without a length: {head!r}")


async def generate(work: dict[str, Any]) -> dict[str, Any]:
    """Do one cell's work."""
    load = Load(work)
    gc.freeze()
    gc.disable()
    deadline = load.until + DRAIN_SECONDS
    await asyncio.gather(*(keep_busy(load, work["port"], deadline) for _ in range(work["connections"])))
    return load.outcome()


if __name__ == "__main__":
    json.dump(asyncio.run(generate(json.load(sys.stdin))), sys.stdout)
