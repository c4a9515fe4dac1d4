"""Bearer tokens: known by their SHA-256 alone."""

import hmac
from collections.abc import Callable, Collection
from hashlib import sha256

from domain.errors import Unauthenticated

_HOW = "Send `Authorization: Bearer <token>` with a token that this service knows."


def bearer(authorization: str | None) -> str | None:
    """The token that an Authorization header carries, if it carries one."""
    scheme, _, token = (authorization or "").strip().partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def authenticate(
    authorization: str | None, digests: Collection[str], is_api_key: Callable[[str], bool]
) -> None:
    """Let a request through whose token's lower-case hex SHA-256 is known; without digests, every one.

    A token that is not known so may be that of an API key. Raises Unauthenticated.
    """
    if not digests:
        return
    if not authorization:
        raise Unauthenticated(f"The request carries no token. {_HOW}")
    token = bearer(authorization)
    if token is None:
        raise Unauthenticated(f"Malformed Authorization header. {_HOW}")
    digest = sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
    # Every digest is compared, each in constant time, so that the time taken says nothing.
    if not sum(hmac.compare_digest(digest, known) for known in digests) and not is_api_key(token):
        raise Unauthenticated(f"The token is unknown. {_HOW}")
