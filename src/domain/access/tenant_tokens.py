"""Tokens that name the tenant for which they are sent: a token, `~`, and the id of the tenant.

Clients before release 0.15 have no header for it. Such a token opens nothing that the token in it does not
open, so it needs no signature, and ends with it.
"""

import re
from typing import Final

_SEPARATOR: Final = "~"
_END: Final = re.compile("~([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_END_LENGTH: Final = 37


def token_for(token: str | None, tenant_id: str) -> str:
    """Return the token that names a tenant. A caller without a token gets one that only names the tenant."""
    return f"{token or ''}{_SEPARATOR}{tenant_id}"


def split_token(token: str) -> tuple[str, str | None]:
    """Return the token that lets in, and the id of the tenant that it is sent for, None if it names none."""
    found = _END.fullmatch(token[-_END_LENGTH:])
    return (token[:-_END_LENGTH], found[1]) if found else (token, None)
