"""Signature Version 4 for calls of DynamoDB, which are all a POST of bytes.

botocore's signer puts every request's headers together three times and derives its key anew each time; the
key is the same for a day. It is led around by its own events: it is told not to sign, and then, just before
it would have, this does.
"""

import hmac
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote, urlsplit

import botocore
from botocore.exceptions import NoCredentialsError

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_PORTS: Final = {"http": 80, "https": 443}
_SIGNED_TOO: Final = frozenset({"content-type", "x-amz-date", "x-amz-security-token", "x-amz-target"})


def sign_here(client: Any, credentials: Any) -> None:
    """Let the requests of this client of DynamoDB be signed here, with a session's credentials."""

    def sign(request: Any, signing_name: str, region_name: str, **_: Any) -> None:
        if credentials is None:
            raise NoCredentialsError
        told = request.context.get("signing", {})
        region, service = told.get("region", region_name), told.get("signing_name", signing_name)
        add_signature(request, credentials.get_frozen_credentials(), region, service, datetime.now(UTC))

    client.meta.events.register_first("choose-signer.dynamodb", lambda **_: botocore.UNSIGNED)
    client.meta.events.register_last("before-sign.dynamodb", sign)


def add_signature(request: Any, credentials: Any, region: str, service: str, now: datetime) -> None:
    """Put the date, the session's token if there is one, and the signature into a request's headers."""
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    headers = request.headers
    del headers["X-Amz-Date"], headers["X-Amz-Security-Token"], headers["Authorization"]
    headers["X-Amz-Date"] = stamp
    if credentials.token:
        headers["X-Amz-Security-Token"] = credentials.token
    host, path = _place(request.url)
    named = {"host": host}
    for name, value in headers.items():
        if (lower := name.lower()) in _SIGNED_TOO:
            named[lower] = " ".join(_text(value).split())
    names = sorted(named)
    signed = ";".join(names)
    lines = "".join(f"{name}:{named[name]}\n" for name in names)
    canonical = f"POST\n{path}\n\n{lines}\n{signed}\n{sha256(request.data).hexdigest()}"
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    text = f"{_ALGORITHM}\n{stamp}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
    signature = hmac.digest(_key(credentials.secret_key, stamp[:8], region, service), text.encode(), "sha256")
    headers["Authorization"] = (
        f"{_ALGORITHM} Credential={credentials.access_key}/{scope}, SignedHeaders={signed}, "
        f"Signature={signature.hex()}"
    )


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


@lru_cache(maxsize=2)
def _key(secret: str, day: str, region: str, service: str) -> bytes:
    """The signing key of a day; two, since midnight comes at different moments to concurrent calls."""
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


@lru_cache(maxsize=2)
def _place(url: str) -> tuple[str, str]:
    """The Host header that the connection will send, without a port that needs no saying; and the path."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    if parts.port not in (None, _PORTS.get(parts.scheme)):
        host = f"{host}:{parts.port}"
    return host, quote(parts.path, safe="/~") or "/"
