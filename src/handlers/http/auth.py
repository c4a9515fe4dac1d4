"""The check of bearer tokens, of which the service knows only the SHA-256."""

import hmac
from collections.abc import Callable, Collection
from dataclasses import dataclass
from hashlib import sha256

from domain.access.callers import ANONYMOUS, OPERATOR, Caller
from domain.errors import Unauthenticated
from handlers.http.issued_tokens import looks_issued

_HOW = "Send `Authorization: Bearer <token>` with a token that this service knows."


def bearer(authorization: str | None) -> str | None:
    """Return the token of an Authorization header; None if it has no bearer token."""
    scheme, _, token = (authorization or "").strip().partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """The ways to be let in.

    digests         SHA-256, in lower-case hex, of the tokens of operators
    caller_of_key   returns the caller of an API key, None for any other token
    caller_of_issued
                    returns the caller of a token that an identity provider has issued; None without one
    is_open         True lets requests in that have no token, or none that is known
    """

    digests: Collection[str]
    caller_of_key: Callable[[str], Caller | None]
    caller_of_issued: Callable[[str], Caller] | None = None
    is_open: bool = False


def authenticate(authorization: str | None, doors: Doors) -> Caller:
    """Return who sends a request. Raises Unauthenticated if nobody is known who does.

    On an open server, too, a key says who sends a request and what it may do.
    """
    token = bearer(authorization)
    caller = _caller(token, doors) if token else None
    if caller is not None:
        return caller
    if doors.is_open:
        return ANONYMOUS
    if not authorization:
        raise Unauthenticated(f"The request carries no token. {_HOW}")
    if token is None:
        raise Unauthenticated(f"Malformed Authorization header. {_HOW}")
    raise Unauthenticated(f"The token is unknown. {_HOW}")


def _caller(token: str, doors: Doors) -> Caller | None:
    digest = sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
    # Compare all digests, each in constant time, so that the time reveals nothing about them.
    if sum(hmac.compare_digest(digest, known) for known in doors.digests):
        return OPERATOR
    if doors.caller_of_issued is not None and looks_issued(token):
        return doors.caller_of_issued(token)
    return doors.caller_of_key(token)
