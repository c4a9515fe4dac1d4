"""Signature Version 4 for calls of DynamoDB, which are all a POST of bytes.

botocore's signer puts every request's headers together three times and derives its key anew each time; the
key is the same for a day.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote, urlsplit

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Scope:
    """For what a signature holds: the URL of all requests, and the service and region that check it."""

    url: str
    region: str
    service: str


def signed(
    scope: Scope, headers: dict[str, str], body: bytes, credentials: Any, now: datetime
) -> dict[str, str]:
    """Give these headers with the date, the session's token if there is one, and the signature of all."""
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    dated = {**headers, "X-Amz-Date": stamp}
    if credentials.token:
        dated["X-Amz-Security-Token"] = credentials.token
    host, path = place(scope.url)
    named = {"host": host, **{name.lower(): " ".join(value.split()) for name, value in dated.items()}}
    names = sorted(named)
    listed = ";".join(names)
    lines = "".join(f"{name}:{named[name]}\n" for name in names)
    canonical = f"POST\n{path}\n\n{lines}\n{listed}\n{sha256(body).hexdigest()}"
    within = f"{stamp[:8]}/{scope.region}/{scope.service}/aws4_request"
    text = f"{_ALGORITHM}\n{stamp}\n{within}\n{sha256(canonical.encode()).hexdigest()}"
    signature = hmac.digest(_key(credentials.secret_key, stamp[:8], scope), text.encode(), "sha256")
    dated["Authorization"] = (
        f"{_ALGORITHM} Credential={credentials.access_key}/{within}, SignedHeaders={listed}, "
        f"Signature={signature.hex()}"
    )
    return dated


@lru_cache(maxsize=2)
def _key(secret: str, day: str, scope: Scope) -> bytes:
    """The signing key of a day; two, since midnight comes at different moments to concurrent calls."""
    key = f"AWS4{secret}".encode()
    for part in (day, scope.region, scope.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


@lru_cache(maxsize=2)
def place(url: str) -> tuple[str, str]:
    """The Host header of a request to this URL, without a port that needs no saying; and the path."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    if parts.port not in (None, _PORTS.get(parts.scheme)):
        host = f"{host}:{parts.port}"
    return host, quote(parts.path, safe="/~") or "/"
