"""The media types of GraphQL over HTTP with their statuses, and the codings of files."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, Literal, NamedTuple

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
# A client sends the same two headers with each of its requests.
_REMEMBERED: Final = 32

Coding = Literal["br", "gzip", "identity"]
_SMALLEST_FIRST: Final[tuple[Literal["br", "gzip"], ...]] = ("br", "gzip")


class Media(NamedTuple):
    """The media type of a response.

    `asked_for` is True if the client named the type itself. A client that names application/json gets the
    errors of a bad document with status 200, as GraphQL over HTTP demands. A client that names nothing, as
    Core does, gets them with status 400.
    """

    type: str
    asked_for: bool

    @property
    def content_type(self) -> str:
        """The value of the Content-Type header."""
        return f"{self.type}; charset=utf-8"

    @property
    def refused_status(self) -> int:
        """The status of a request that failed before its execution."""
        return 200 if self.type == JSON and self.asked_for else 400

    @property
    def unauthenticated_status(self) -> int:
        """The status without a valid token; Core reads a GraphQL error only in a 2xx response."""
        return 401 if self.type == GRAPHQL_RESPONSE else 200

    @property
    def forbidden_status(self) -> int:
        """The status of a request that its key does not allow."""
        return 403 if self.type == GRAPHQL_RESPONSE else 200


DEFAULT = Media(JSON, asked_for=False)


@lru_cache(_REMEMBERED)
def negotiate(accept: str | None) -> Media | None:
    """Return the media type that an Accept header prefers by its `q` values; wildcards mean JSON.

    None means that the client accepts neither type.
    """
    if accept is None or not accept.strip():
        return DEFAULT
    ranges = parse_qualities(accept)
    wildcard = ranges.get("application/*", ranges.get("*/*", 0.0))
    json = ranges.get(JSON, wildcard)
    response = ranges.get(GRAPHQL_RESPONSE, wildcard)
    if GRAPHQL_RESPONSE in ranges and response > 0 and response >= json:
        return Media(GRAPHQL_RESPONSE, asked_for=True)
    if json > 0:
        return Media(JSON, asked_for=JSON in ranges)
    if response > 0:
        return Media(GRAPHQL_RESPONSE, asked_for=False)
    return None


@lru_cache(_REMEMBERED)
def accepts_gzip(accept_encoding: str | None) -> bool:
    """Return True if an Accept-Encoding header allows gzip."""
    codings = parse_qualities(accept_encoding or "")
    return codings.get("gzip", codings.get("*", 0.0)) > 0


@lru_cache(_REMEMBERED)
def preferred_coding(accept_encoding: str | None) -> Coding:
    """Return the coding that an Accept-Encoding header prefers by its `q` values, the smallest one of equals.

    A file is sent as it is if the header names nothing else, or prefers that.
    """
    codings = parse_qualities(accept_encoding or "")
    qualities = {name: codings.get(name, codings.get("*", 0.0)) for name in _SMALLEST_FIRST}
    best = max(_SMALLEST_FIRST, key=qualities.__getitem__)
    is_wanted = qualities[best] > 0 and qualities[best] >= codings.get("identity", 0.0)
    return best if is_wanted else "identity"


def parse_qualities(header: str) -> Mapping[str, float]:
    """Return the `q` of each name in a list such as `text/html, application/json;q=0.5`; default 1."""
    qualities: dict[str, float] = {}
    for part in header.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if name:
            qualities[name] = max(_quality(parameters), qualities.get(name, 0.0))
    return qualities


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
