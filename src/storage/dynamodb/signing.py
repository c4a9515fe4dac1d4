"""Signature Version 4 for calls of DynamoDB, each of which is a POST of bytes to the path "/".

botocore's signer puts the headers of a request together three times and derives its key anew for each. The
key is the same for a day.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class SigningScope:
    """The scope of a signature: the URL of all requests, and the region and service that check it.

    The URL has no path but "/".
    """

    url: str
    region: str
    service: str


def signed(
    scope: SigningScope, headers: dict[str, str], body: bytes, credentials: Any, now: datetime
) -> dict[str, str]:
    """Return the headers with the date, the session's token if there is one, and the signature of all."""
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    dated = {**headers, "X-Amz-Date": stamp}
    if credentials.token:
        dated["X-Amz-Security-Token"] = credentials.token
    named = {
        "host": host_of(scope.url),
        **{name.lower(): " ".join(value.split()) for name, value in dated.items()},
    }
    names = sorted(named)
    listed = ";".join(names)
    lines = "".join(f"{name}:{named[name]}\n" for name in names)
    canonical = f"POST\n/\n\n{lines}\n{listed}\n{sha256(body).hexdigest()}"
    within = f"{stamp[:8]}/{scope.region}/{scope.service}/aws4_request"
    text = f"{_ALGORITHM}\n{stamp}\n{within}\n{sha256(canonical.encode()).hexdigest()}"
    signature = hmac.digest(_key(credentials.secret_key, stamp[:8], scope), text.encode(), "sha256")
    dated["Authorization"] = (
        f"{_ALGORITHM} Credential={credentials.access_key}/{within}, SignedHeaders={listed}, "
        f"Signature={signature.hex()}"
    )
    return dated


@lru_cache(maxsize=2)
def _key(secret: str, day: str, scope: SigningScope) -> bytes:
    """Return the signing key of a day. Two are kept, because concurrent calls may differ at midnight."""
    key = f"AWS4{secret}".encode()
    for part in (day, scope.region, scope.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


@lru_cache(maxsize=2)
def host_of(url: str) -> str:
    """Return the Host header of requests to a URL. It names the port only if the scheme does not imply it."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    if parts.port not in (None, _DEFAULT_PORTS.get(parts.scheme)):
        host = f"{host}:{parts.port}"
    return host
