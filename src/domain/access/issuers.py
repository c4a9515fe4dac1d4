"""An identity provider whose tokens (JWT) are accepted, and what their claims permit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from domain.access.callers import Caller
from domain.access.scopes import Scope
from domain.errors import BadUserInput, FlowRunsError, Forbidden, Unauthenticated
from domain.ids import parse_uuid

# Only signatures whose key can be public. With the others, whoever can check a token can make one.
ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"),
)
_LOOPBACK: Final = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/.*)?")
_MOST_LEEWAY: Final = 300
_LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Issuer:
    """An issuer of tokens, and how their claims are read.

    keys_url    the address of its public keys; None is the one that its discovery document names
    leeway      how far the clocks may be apart
    claim       the claim whose words stand for scopes: a text of words, or a list
    scopes      the scope of each word
    projects_claim, tenant_claim
                the claims with the ids of projects, and of the tenant; None reads no such claim
    """

    url: str
    audience: str
    keys_url: str | None
    algorithms: tuple[str, ...]
    leeway: timedelta
    claim: str
    scopes: Mapping[str, Scope]
    projects_claim: str | None = None
    tenant_claim: str | None = None


def parse_issuer(settings: Mapping[str, str]) -> Issuer | None:
    """Return the issuer that the settings JWT_… name, None without one. Raises BadUserInput."""
    url = settings.get("JWT_ISSUER", "")
    if not url:
        return None
    audience = settings.get("JWT_AUDIENCE", "")
    if not audience:
        raise BadUserInput(
            "JWT_AUDIENCE must name the audience of the tokens, because one issuer serves many services."
        )
    keys_url = settings.get("JWT_KEYS_URL") or None
    for name, address in (("JWT_ISSUER", url), ("JWT_KEYS_URL", keys_url)):
        if address is not None and not (address.startswith("https://") or _LOOPBACK.fullmatch(address)):
            raise BadUserInput(f"{name} must begin with https://, not be {address[:100]!r}.")
    return Issuer(
        url=url,
        audience=audience,
        keys_url=keys_url,
        algorithms=_algorithms(settings.get("JWT_ALGORITHMS") or "RS256,ES256"),
        leeway=_leeway(settings.get("JWT_LEEWAY_SECONDS") or "60"),
        claim=settings.get("JWT_SCOPE_CLAIM") or "scope",
        scopes=parse_scopes("JWT_SCOPES", settings.get("JWT_SCOPES", "")),
        projects_claim=settings.get("JWT_PROJECTS_CLAIM") or None,
        tenant_claim=settings.get("JWT_TENANT_CLAIM") or None,
    )


def parse_scopes(setting: str, text: str) -> Mapping[str, Scope]:
    """Return the scopes of words, from a text such as `developers=user,operators=admin`.

    Raises BadUserInput for any other text, also for an empty one.
    """
    found: dict[str, Scope] = {}
    for entry in text.split(","):
        word, _, scope = entry.strip().rpartition("=")
        if not word or scope not in {known.value for known in Scope} or word in found:
            raise BadUserInput(
                f"{setting} must be a list such as developers=user,operators=admin, each word once, with the "
                f"scopes admin, user, read and runner; {entry.strip()[:100]!r} is none of it."
            )
        found[word] = Scope(scope)
    return found


def caller_of_claims(issuer: Issuer, claims: Mapping[str, Any]) -> Caller:
    """Return the caller of a token whose signature, issuer, audience and times are right.

    It has the first of the scopes admin, user, read, runner that one of the words stands for. Raises
    Unauthenticated for a token without a subject or with claims of another form, Forbidden if none of the
    words stands for a scope.
    """
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject:
        raise Unauthenticated("The token has no subject (claim `sub`).")
    words = _words(claims, issuer.claim)
    scopes = {issuer.scopes[word] for word in words if word in issuer.scopes}
    scope = next((scope for scope in Scope if scope in scopes), None)
    if scope is None:
        raise Forbidden(f"The claim {issuer.claim!r} of the token has no word that stands for a scope here.")
    return Caller(
        name=f"{_readable(subject)[:_LONGEST_NAME]} ({issuer.url})",
        scope=scope,
        projects=_projects(issuer, claims),
        tenants=_tenants(issuer, claims),
        expires_at=_end(claims["exp"], issuer.leeway),
    )


def _readable(text: str) -> str:
    """Return a text without characters that change how a list of names is read."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )


def _end(seconds: Any, leeway: timedelta) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC) + leeway
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise Unauthenticated("The claim `exp` of the token must be a time before the year 9999.") from error


def _words(claims: Mapping[str, Any], name: str) -> list[str]:
    value = claims.get(name, "")
    words = value.split() if isinstance(value, str) else value
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise Unauthenticated(f"The claim {name!r} of the token must be a text, or a list of texts.")
    return words


def _projects(issuer: Issuer, claims: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the projects to which a token is limited. A token that lacks the claim reaches none."""
    if issuer.projects_claim is None:
        return None
    words = _words(claims, issuer.projects_claim)
    if words == ["*"]:
        return None
    try:
        return frozenset(parse_uuid(word, issuer.projects_claim) for word in words)
    except FlowRunsError as error:
        raise Unauthenticated(
            f"The claim {issuer.projects_claim!r} of the token must be ids of projects, or *."
        ) from error


def _tenants(issuer: Issuer, claims: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the tenants that a token opens, first the one for requests that name none."""
    if issuer.tenant_claim is None:
        return ()
    words = _words(claims, issuer.tenant_claim)
    try:
        found = tuple(parse_uuid(word, issuer.tenant_claim) for word in words)
    except FlowRunsError as error:
        raise Unauthenticated(
            f"The claim {issuer.tenant_claim!r} of the token must be ids of tenants."
        ) from error
    if not found:
        raise Forbidden(f"The claim {issuer.tenant_claim!r} of the token names no tenant.")
    return found


def _algorithms(text: str) -> tuple[str, ...]:
    found = tuple(entry.strip() for entry in text.split(","))
    for entry in found:
        if entry not in ALGORITHMS:
            raise BadUserInput(f"JWT_ALGORITHMS must be of {', '.join(ALGORITHMS)}, not {entry[:20]!r}.")
    return found


def _leeway(text: str) -> timedelta:
    if not (text.isascii() and text.isdecimal() and int(text) <= _MOST_LEEWAY):
        raise BadUserInput(
            f"JWT_LEEWAY_SECONDS must be a whole number up to {_MOST_LEEWAY}, not {text[:20]!r}."
        )
    return timedelta(seconds=int(text))
