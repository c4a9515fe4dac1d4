"""The check of bearer tokens, of which the service knows only the SHA-256."""

import hmac
from collections.abc import Callable, Collection
from hashlib import sha256

from domain.errors import Unauthenticated

_HOW = "Send `Authorization: Bearer <token>` with a token that this service knows."


def bearer(authorization: str | None) -> str | None:
    """Return the token of an Authorization header; None if it has no bearer token."""
    scheme, _, token = (authorization or "").strip().partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def authenticate(
    authorization: str | None, digests: Collection[str], is_api_key: Callable[[str], bool]
) -> None:
    """Raise Unauthenticated unless the request's token is known; without digests every request passes.

    `digests` are SHA-256 in lower-case hex. Any other token must be that of an API key.
    """
    if not digests:
        return
    if not authorization:
        raise Unauthenticated(f"The request carries no token. {_HOW}")
    token = bearer(authorization)
    if token is None:
        raise Unauthenticated(f"Malformed Authorization header. {_HOW}")
    digest = sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
    # Compare all digests, each in constant time, so that the time reveals nothing about them.
    if not sum(hmac.compare_digest(digest, known) for known in digests) and not is_api_key(token):
        raise Unauthenticated(f"The token is unknown. {_HOW}")
