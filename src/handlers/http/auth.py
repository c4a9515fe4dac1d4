"""The check of bearer tokens, of which the service knows only the SHA-256."""

import hmac
from collections.abc import Callable, Collection
from dataclasses import dataclass
from hashlib import sha256

from domain.access.callers import ANONYMOUS, OPERATOR, Caller
from domain.access.key_forms import is_of_our_form
from domain.errors import Unauthenticated
from handlers.http.issued_tokens import looks_issued

_HOW = "Send `Authorization: Bearer <token>` with a token that this service knows."


def bearer(authorization: str | None) -> str | None:
    """Return the token of an Authorization header; None if it has no bearer token."""
    scheme, _, token = (authorization or "").strip().partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


@dataclass(frozen=True, slots=True)
class Admission:
    """A request that is let in: its caller, the token that let it in, and the tenant that the token names."""

    caller: Caller
    token: str | None = None
    tenant_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """The ways to be let in.

    digests         SHA-256, in lower-case hex, of the tokens of operators
    caller_of_key   returns the caller of an API key, None for any other token
    caller_of_issued
                    returns the caller of a token that an identity provider has issued; None without one
    is_open         True lets requests in that have no token, or one that is no key
    """

    digests: Collection[str]
    caller_of_key: Callable[[str], Caller | None]
    caller_of_issued: Callable[[str], Caller] | None = None
    is_open: bool = False


def authenticate(authorization: str | None, doors: Doors) -> Admission:
    """Return who sends a request. Raises Unauthenticated if nobody is known who does.

    On an open server, too, a key says who sends a request and what it may do. One that has ended or was
    deleted is refused there, because without it its bearer would be let do more than with it.
    """
    token = bearer(authorization)
    admitted = _admitted(token, doors) if token else None
    if admitted is not None:
        return admitted
    bare, tenant_id = _split(token or "")
    if doors.is_open and not is_of_our_form(bare):
        return Admission(ANONYMOUS, bare or None, tenant_id)
    if not authorization:
        raise Unauthenticated(f"The request carries no token. {_HOW}")
    if token is None:
        raise Unauthenticated(f"Malformed Authorization header. {_HOW}")
    raise Unauthenticated(f"The token is unknown. {_HOW}")


def _admitted(token: str, doors: Doors) -> Admission | None:
    bare, tenant_id = _split(token)
    # The token of an operator may be any text, so it may end as if it named a tenant.
    if tenant_id is not None and _is_operators(token, doors.digests):
        return Admission(OPERATOR, token)
    caller = _caller(bare, doors)
    return None if caller is None else Admission(caller, bare, tenant_id)


def _split(token: str) -> tuple[str, str | None]:
    """Return the token that lets in, and the id of the tenant that it names, if any."""
    if "~" not in token:
        return token, None
    from domain.access.tenant_tokens import split_token  # noqa: PLC0415  (few tokens name a tenant)

    return split_token(token)


def _caller(token: str, doors: Doors) -> Caller | None:
    if _is_operators(token, doors.digests):
        return OPERATOR
    if doors.caller_of_issued is not None and looks_issued(token):
        return doors.caller_of_issued(token)
    return doors.caller_of_key(token)


def _is_operators(token: str, digests: Collection[str]) -> bool:
    """Compare all digests, each in constant time, so that the time reveals nothing about them."""
    digest = sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
    return sum(hmac.compare_digest(digest, known) for known in digests) > 0
