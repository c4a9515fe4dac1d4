"""The check of bearer tokens, of which the service knows only the SHA-256."""

import hmac
from collections.abc import Callable, Collection
from hashlib import sha256

from domain.access.callers import ANONYMOUS, OPERATOR, Caller
from domain.errors import Unauthenticated

_HOW = "Send `Authorization: Bearer <token>` with a token that this service knows."


def bearer(authorization: str | None) -> str | None:
    """Return the token of an Authorization header; None if it has no bearer token."""
    scheme, _, token = (authorization or "").strip().partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def authenticate(
    authorization: str | None, digests: Collection[str], caller_of_key: Callable[[str], Caller | None]
) -> Caller:
    """Return who sends a request. Raises Unauthenticated unless its token is known.

    `digests` are SHA-256 in lower-case hex, of the tokens of operators. Any other token must be that of an
    API key. Without digests every request passes, and a key still says who sends it and what it may do.
    """
    if not digests:
        token = bearer(authorization)
        return (caller_of_key(token) if token else None) or ANONYMOUS
    if not authorization:
        raise Unauthenticated(f"The request carries no token. {_HOW}")
    token = bearer(authorization)
    if token is None:
        raise Unauthenticated(f"Malformed Authorization header. {_HOW}")
    digest = sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
    # Compare all digests, each in constant time, so that the time reveals nothing about them.
    if sum(hmac.compare_digest(digest, known) for known in digests):
        return OPERATOR
    caller = caller_of_key(token)
    if caller is None:
        raise Unauthenticated(f"The token is unknown. {_HOW}")
    return caller
