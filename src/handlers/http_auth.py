"""Bearer tokens: known by their SHA-256 alone."""

import hmac
from collections.abc import Collection
from hashlib import sha256

from domain.errors import Unauthenticated

_HOW = "Send `Authorization: Bearer <token>` with a token that this service knows."


def authenticate(authorization: str | None, digests: Collection[str]) -> None:
    """Let a request through whose token's lower-case hex SHA-256 is known; without digests, every one.

    Raises Unauthenticated.
    """
    if not digests:
        return
    if not authorization:
        raise Unauthenticated(f"The request carries no token. {_HOW}")
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated(f"Malformed Authorization header. {_HOW}")
    digest = sha256(token.strip().encode("utf-8", "surrogatepass")).hexdigest()
    # Every digest is compared, each in constant time, so that the time taken says nothing.
    if not sum(hmac.compare_digest(digest, known) for known in digests):
        raise Unauthenticated(f"The token is unknown. {_HOW}")
