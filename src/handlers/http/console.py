"""The console's files: pages, scripts and styles, which are built ahead and lie compressed in src/console."""

import base64
import re
import zlib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

from domain.errors import NotFound
from handlers.http.media import preferred_coding
from handlers.http.problem import HttpProblem
from handlers.http.request import HttpRequest
from handlers.http.response import ProxyResponse

_FOLDER = Path(__file__).resolve().parents[2] / "console"
_METHODS: Final = "GET, HEAD, OPTIONS"
_PAGES: Final = {"/ui": "index.html", "/ui/graphiql": "graphiql.html"}
_ASSET = re.compile(r"/ui/assets/([A-Za-z0-9_-]{1,80}\.(?:js|css|svg|txt))")
# Of every response of the console, beside those of its kind.
_HEADERS: Final = {"strict-transport-security": "max-age=31536000", "x-content-type-options": "nosniff"}
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
# A page may load its own files and call the API beside it, and nothing else. No page may frame it.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_POLICIES: Final = {
    "index.html": f"{_POLICY}; require-trusted-types-for 'script'; trusted-types 'none'",
    # GraphiQL's editor makes style elements.
    "graphiql.html": _POLICY.replace("style-src", "style-src 'unsafe-inline'"),
}
_PAGE_HEADERS: Final = {
    "cache-control": "no-cache",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
}
# How files lie in the folder, by the coding in which they are sent.
_ENDINGS: Final = {"br": ".br", "gzip": ".gz", "identity": ".gz"}
# The name of an asset has a hash of its content, so that nobody need ask for it twice.
_ASSET_HEADERS: Final = {"cache-control": "public, max-age=31536000, immutable"}


def is_console(request: HttpRequest) -> bool:
    """Return whether a request is for the console: its files, or the root asked for by a browser."""
    if request.path == "/":
        reads = request.method in {"GET", "HEAD"}
        return reads and "text/html" in request.headers.get("accept", "").lower()
    return f"{request.path}/".startswith("/ui/")


def console_response(request: HttpRequest) -> ProxyResponse:
    """Return the response to a request for the console. Raises HttpProblem for other methods and names.

    The root, and `/ui` without a slash, lead to `/ui/`. The location is relative, so that it holds behind any
    stage or prefix.
    """
    if request.method == "OPTIONS":
        return _response(204, {"allow": _METHODS})
    if request.method not in _METHODS.split(", "):
        raise HttpProblem(
            405, f"{request.method[:20]} is not possible here; {_METHODS} are.", {"allow": _METHODS}
        )
    if request.path == "/":
        return _redirect(request, "ui/", 302)
    if request.path == "/ui" and not request.raw_path.endswith("/"):
        return _redirect(request, "", 308)
    if request.path == "/ui/graphiql" and request.raw_path.endswith("/"):
        # With a slash the page's relative addresses would lead below it.
        return _response(308, {"location": "../graphiql", "cache-control": "no-store", "vary": "Accept"})
    page = _PAGES.get(request.path)
    if page is not None:
        return _file(request, page, {**_PAGE_HEADERS, "content-security-policy": _POLICIES[page]})
    asset = _ASSET.fullmatch(request.path)
    if asset is None:
        raise _absent()
    return _file(request, f"assets/{asset[1]}", _ASSET_HEADERS)


def _redirect(request: HttpRequest, below: str, status: int) -> ProxyResponse:
    """Return a redirect to a path below the one that was asked for."""
    last = request.raw_path.rpartition("/")[2]
    location = f"{last}/{below}" if last else below
    return _response(status, {"location": location, "cache-control": "no-store", "vary": "Accept"})


def _file(request: HttpRequest, name: str, headers: Mapping[str, str]) -> ProxyResponse:
    """Return the response with a file, in the coding that the client prefers.

    Each coding has a tag of its own, because a cache must not take one for another.
    """
    coding = preferred_coding(request.headers.get("accept-encoding"))
    try:
        body = (_FOLDER / f"{name}{_ENDINGS[coding]}").read_bytes()
    except FileNotFoundError:
        raise _absent() from None
    if coding == "identity":
        body = zlib.decompress(body, zlib.MAX_WBITS | 16)
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {**headers, "etag": tag, "vary": "Accept-Encoding"}
    if tag in request.headers.get("if-none-match", ""):
        return _response(304, headers)
    headers["content-type"] = _TYPES[Path(name).suffix]
    if coding != "identity":
        headers["content-encoding"] = coding
    return _response(200, headers, b"" if request.method == "HEAD" else body)


def _response(status: int, headers: Mapping[str, str], body: bytes = b"") -> ProxyResponse:
    return {
        "statusCode": status,
        "headers": {**_HEADERS, **headers},
        "body": base64.b64encode(body).decode("ascii"),
        "isBase64Encoded": True,
    }


def _absent() -> HttpProblem:
    return HttpProblem(404, NotFound("The console has no such file. It begins at ui/."))
