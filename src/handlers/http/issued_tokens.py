"""The check of tokens (JWT) that an identity provider has issued, by the public keys that it publishes."""

import json
from collections.abc import Callable, Mapping
from math import inf
from threading import Lock
from time import monotonic
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from domain.access.callers import Caller
from domain.access.issuers import Issuer, caller_of_claims
from domain.errors import ApiError, Unauthenticated

# Seconds. Keys are fetched anew when they are old, or when a token names one that is not known; the second
# not more often than this, because anybody can send a token that names a key.
_FRESH: Final = 3_600.0
_PAUSE: Final = 60.0
# How long keys are still used while the issuer does not respond.
_STALE: Final = 86_400.0
_TIMEOUT: Final = 3.0
_MOST_BYTES: Final = 1_000_000

Fetch = Callable[[str], Mapping[str, Any]]


def looks_issued(token: str) -> bool:
    """Return True for a text in the form of a signed token: three parts, of which the first is an object."""
    return token.startswith("eyJ") and token.count(".") == 2  # noqa: PLR2004


class IssuedTokens:
    """The check of one issuer's tokens. A process needs one, because it remembers the issuer's keys.

    The library is imported with the first such token, because most processes never see one.
    """

    def __init__(
        self, issuer: Issuer, fetch: Fetch | None = None, clock: Callable[[], float] = monotonic
    ) -> None:
        self._issuer = issuer
        self._keys = _Keys(issuer, fetch or _fetched, clock)

    def caller(self, token: str) -> Caller:
        """Return the caller of a token. Raises Unauthenticated, Forbidden, or ApiError without the keys."""
        import jwt  # noqa: PLC0415

        issuer = self._issuer
        try:
            header = jwt.get_unverified_header(token)
            algorithm = header.get("alg")
            if algorithm not in issuer.algorithms:
                raise Unauthenticated(f"The token must be signed with {' or '.join(issuer.algorithms)}.")
            published = self._keys.get(header.get("kid"))
            # A key that names no algorithm is for any that its kind can have.
            key = jwt.PyJWK(published, algorithm=published.get("alg") or algorithm)
            claims = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=issuer.audience,
                issuer=issuer.url,
                leeway=issuer.leeway,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise Unauthenticated(f"The token is not valid: {type(error).__name__}.") from error
        return caller_of_claims(issuer, claims)


class _Keys:
    """The public keys of an issuer, by their ids."""

    def __init__(self, issuer: Issuer, fetch: Fetch, clock: Callable[[], float]) -> None:
        self._issuer, self._fetch, self._clock = issuer, fetch, clock
        self._lock = Lock()
        self._keys: dict[object, dict[str, Any]] = {}
        self._fetched: float | None = None
        self._tried: float | None = None
        self._cause: Exception | None = None

    def get(self, name: object) -> dict[str, Any]:
        """Return the key with this id. A token without an id needs an issuer with one key alone."""
        if not isinstance(name, str | None):
            raise Unauthenticated("The token names no key.")
        with self._lock:
            found = self._find(name)
            if found is None or self._age() > _FRESH:
                self._refresh()
                found = self._find(name)
        if found is None:
            raise Unauthenticated("The token is signed with a key that its issuer does not publish.")
        return found

    def _find(self, name: str | None) -> dict[str, Any] | None:
        if name is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(name)

    def _age(self) -> float:
        return inf if self._fetched is None else self._clock() - self._fetched

    def _refresh(self) -> None:
        """Fetch the keys, unless that was tried a moment ago. Raises ApiError if none are left to use."""
        now = self._clock()
        if self._tried is None or now - self._tried >= _PAUSE:
            self._tried = now
            try:
                self._keys, self._fetched, self._cause = self._published(), now, None
            except Exception as error:  # noqa: BLE001  (whatever the issuer sends, the known keys go on)
                self._cause = error
        if self._age() > _STALE:
            raise ApiError("The keys of the token's issuer can't be fetched now.") from self._cause

    def _published(self) -> dict[object, dict[str, Any]]:
        url = self._issuer.keys_url
        if url is None:
            discovered = self._fetch(self._issuer.url.rstrip("/") + "/.well-known/openid-configuration")
            if discovered.get("issuer") != self._issuer.url:
                raise ValueError("The discovery document names another issuer.")
            url = str(discovered["jwks_uri"])
            if url.partition("://")[0] != self._issuer.url.partition("://")[0]:
                raise ValueError("The keys are not at an address of HTTPS.")
        keys = self._fetch(url)["keys"]
        found: dict[object, dict[str, Any]] = {
            key.get("kid"): key for key in keys if key.get("use") in (None, "sig")
        }
        if not found:
            raise ValueError("The issuer publishes no key.")
        return found


class _NoRedirect(HTTPRedirectHandler):
    """Follow no redirection, because it could lead to an address that nobody has configured."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _fetched(url: str) -> Mapping[str, Any]:
    """Return the JSON object at an address."""
    request = Request(url, headers={"accept": "application/json", "user-agent": "flow-runs"})  # noqa: S310
    try:
        with build_opener(_NoRedirect).open(request, timeout=_TIMEOUT) as response:
            text = response.read(_MOST_BYTES + 1)
    except HTTPError as error:
        # It has the connection, which would otherwise stay open.
        error.close()
        raise
    if len(text) > _MOST_BYTES:
        raise ValueError("The keys take more than a megabyte.")
    found = json.loads(text)
    if not isinstance(found, dict):
        raise TypeError("The keys are no JSON object.")
    return found
