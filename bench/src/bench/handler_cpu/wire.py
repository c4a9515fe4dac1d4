"""Canned answers in place of the network: all is serialised, signed and parsed, but nothing is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from storage.dynamodb.connections import Connections, Response

Key = tuple[str, bytes]


@dataclass(slots=True)
class Wire:
    """Between the clients of this process and their database.

    At first it sends requests and keeps what comes back, byte for byte; then it answers the same requests
    from that. They are told apart by operation and body, so whoever sends them must send the same bytes each
    time: no clock, no dice.
    """

    known: dict[Key, Response] = field(default_factory=dict)
    recording: bool = False

    def lead(self) -> None:
        """Stand between connections and what they send to."""
        send = Connections.post

        def post(connections: Connections, headers: Mapping[str, str], body: bytes) -> Response:
            key = headers["X-Amz-Target"], body
            answer = self.known.get(key)
            if answer is None:
                if not self.recording:
                    raise SystemExit(f"A request is not the one that was recorded: {key[0]} {body[:200]!r}")
                answer = self.known[key] = send(connections, headers, body)
            return answer

        setattr(Connections, "post", post)  # noqa: B010 - the type checker knows no other method there
