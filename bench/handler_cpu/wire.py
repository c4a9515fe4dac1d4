"""Canned answers in place of the network: botocore serialises, signs and parses as ever, but nothing is sent.

botocore asks the handlers of its event `before-send` for an answer before it opens a connection. Here they
first send the request and keep what came back, byte for byte; then they answer the same requests from that.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session

Key = tuple[bytes, bytes]

# botocore draws one for each transaction.
_TOKEN: Final = re.compile(rb'"ClientRequestToken": ?"[^"]*"')


@dataclass(frozen=True, slots=True)
class Canned:
    """An answer as it came over the wire."""

    status: int
    headers: dict[str, str]
    content: bytes


@dataclass(frozen=True, slots=True)
class _Raw:
    content: bytes

    def stream(self) -> Iterator[bytes]:
        yield self.content


@dataclass(slots=True)
class Wire:
    """Between one client and its database.

    Requests are told apart by operation and body, so whoever sends them must send the same bytes each time:
    no clock, no dice; but for the token that makes a repeated transaction one.
    """

    known: dict[Key, Canned] = field(default_factory=dict)
    recording: bool = False
    _session: Any = None

    def lead(self, client: Any) -> None:
        """Stand between this client and what it sends to."""
        client.meta.events.register_first("before-send.dynamodb", self._answer)

    def _answer(self, request: Any, **_: Any) -> AWSResponse:
        key = (_bytes(request.headers["X-Amz-Target"]), _TOKEN.sub(b"", _bytes(request.body)))
        canned = self.known.get(key)
        if canned is None:
            canned = self.known[key] = self._send(request, key)
        return AWSResponse(request.url, canned.status, canned.headers, _Raw(canned.content))

    def _send(self, request: Any, key: Key) -> Canned:
        if not self.recording:
            raise SystemExit(f"A request is not the one that was recorded: {key[0]!r} {key[1][:200]!r}")
        self._session = self._session or URLLib3Session()
        answer = self._session.send(request)
        return Canned(answer.status_code, dict(answer.headers), answer.content)


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
