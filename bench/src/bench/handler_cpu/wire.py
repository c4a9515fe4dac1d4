"""Recorded responses in place of the network: calls are serialised, signed and parsed, but not sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from storage.dynamodb.connections import Connections, Response

Key = tuple[str, bytes]


@dataclass(slots=True)
class Wire:
    """The network between the clients of this process and their database.

    While it records, it sends requests and stores their responses, byte for byte. Afterwards it returns the
    stored response of the same request. A request is identified by its operation and its body, so a client
    must send the same bytes each time, without clock and random bits.
    """

    known: dict[Key, Response] = field(default_factory=dict)
    is_recording: bool = False

    def install(self) -> None:
        """Replace the sending of every connection of this process."""
        send = Connections.post

        def post(connections: Connections, headers: Mapping[str, str], body: bytes) -> Response:
            key = headers["X-Amz-Target"], body
            response = self.known.get(key)
            if response is None:
                if not self.is_recording:
                    raise SystemExit(f"A request was not recorded: {key[0]} {body[:200]!r}")
                response = self.known[key] = send(connections, headers, body)
            return response

        setattr(Connections, "post", post)  # noqa: B010 - the type checker refuses an assignment
