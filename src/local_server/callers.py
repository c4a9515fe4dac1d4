"""Who may call: requests that name this server as their host, and come from no web page of elsewhere.

A page can make its own name stand for 127.0.0.1 (DNS rebinding), and is then of the same origin as the
server. Only the Host header tells, because it has the name that the browser was given. What a page sends
across origins carries Origin or, without one, Sec-Fetch-Site.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

# Codes of the refusals, which stay the same over releases.
FOREIGN_HOST = "FOREIGN_HOST"
FOREIGN_ORIGIN = "FOREIGN_ORIGIN"
BAD_HOST = "BAD_USER_INPUT"

# A name or an IPv4 address, or an IPv6 address in brackets; a port may follow.
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z_.-]+)(?::[0-9]{0,5})?")
_NAME = re.compile(r"[0-9A-Za-z_-]+(?:\.[0-9A-Za-z_-]+)*+")
_LONGEST_NAME = 253
_LONGEST_AUTHORITY = _LONGEST_NAME + len(".:65535")
_LONGEST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Refusal:
    """The response to a request that nobody may send: its status, its code and its message."""

    status: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class _Host:
    """A host as hosts are compared."""

    name: str
    is_address: bool = False
    is_loopback: bool = False


def host_name(text: str) -> str | None:
    """Return a name or an address as hosts are compared, None if the text is neither."""
    host = _host(text)
    return None if host is None else host.name


def refusal(environ: Mapping[str, Any], names: frozenset[str]) -> Refusal | None:
    """Return why a request is refused, None if it may come in. `names` are hosts as `host_name` returns them.

    An address in the Host header is accepted, whichever it is, because rebinding needs a name. In Origin only
    an address of the loopback is, because a page of elsewhere may have been fetched from an address.
    """
    hosts = [environ["HTTP_HOST"]] if "HTTP_HOST" in environ else []
    if not hosts and environ["SERVER_PROTOCOL"] != "HTTP/1.0":
        return Refusal(400, BAD_HOST, "The request has no Host header.")
    # A target that is a whole URL has a host of its own, which counts more than the header.
    hosts += _hosts_of_target(str(environ.get("REQUEST_URI", "")))
    called = [_host_of(text) for text in hosts]
    for text, host in zip(hosts, called, strict=True):
        if host is None:
            return Refusal(400, BAD_HOST, f"The request must name one host, not {_shown(text)!r}.")
        if not (host.is_address or host.is_loopback or host.name in names):
            return Refusal(
                421,
                FOREIGN_HOST,
                f"This server is not known as {_shown(host.name)}. Call it by its address or as localhost; "
                f"or start it with ALLOWED_HOSTS={_shown(host.name)} if that is a name of yours.",
            )
    page = environ.get("HTTP_ORIGIN"), environ.get("HTTP_SEC_FETCH_SITE")
    if page == (None, None):  # no browser has sent the request
        return None
    return _foreign_page(environ, names.union(host.name for host in called if host))


def _foreign_page(environ: Mapping[str, Any], names: frozenset[str]) -> Refusal | None:
    origin = environ.get("HTTP_ORIGIN")
    if origin is not None:
        return None if _is_ours(str(origin), names) else _refused_page(f"pages of {_shown(str(origin))}")
    if environ.get("HTTP_SEC_FETCH_SITE") != "cross-site":
        return None
    # A link that the user follows opens a page here, which the page with the link cannot read.
    is_link = (environ.get("HTTP_SEC_FETCH_MODE"), environ.get("HTTP_SEC_FETCH_DEST")) == (
        "navigate",
        "document",
    )
    return None if is_link else _refused_page("pages of other sites")


def _refused_page(pages: str) -> Refusal:
    return Refusal(
        403,
        FOREIGN_ORIGIN,
        f"This server takes no requests from {pages}. ALLOWED_HOSTS names the hosts whose pages may call it.",
    )


def _is_ours(origin: str, names: frozenset[str]) -> bool:
    scheme, separator, authority = origin.partition("://")
    host = _host_of(authority) if scheme and separator else None
    if host is None:
        return False
    if host.is_loopback:
        # With another scheme it is a page of an extension or of an application, whatever it calls its host.
        return scheme in ("http", "https")
    return host.name in names


def _host_of(authority: str) -> _Host | None:
    return _host_of_short(authority) if len(authority) <= _LONGEST_AUTHORITY else None


@lru_cache(maxsize=64)  # a client names the same host in each request
def _host_of_short(authority: str) -> _Host | None:
    match = _AUTHORITY.fullmatch(authority)
    return _host(match[1]) if match else None


def _host(text: str) -> _Host | None:
    address = _address(text)
    if address is not None:
        return _Host(str(address), is_address=True, is_loopback=address.is_loopback)
    name = text.removesuffix(".").lower()
    if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        return None
    return _Host(name, is_loopback=name == "localhost")


def _hosts_of_target(target: str) -> list[str]:
    if target.startswith("/") or "://" not in target:
        return []
    return [urlsplit(target).netloc]


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


def _shown(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"
