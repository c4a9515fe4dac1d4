"""The roles and users of AWS that are let in without a key, and what each may do.

API Gateway has checked the signature of such a request (SigV4), and tells the ARN of the signer.
"""

import re
from collections.abc import Mapping
from typing import Final

from domain.access.callers import Caller
from domain.access.issuers import parse_scopes
from domain.access.scopes import Scope
from domain.errors import BadUserInput, Forbidden

_PRINCIPAL: Final = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:(role|user)/[\w+=,.@/-]+")
_SESSION: Final = re.compile(r"arn:(aws[a-z-]*):sts::(\d{12}):assumed-role/([\w+=,.@-]+)/([\w+=,.@-]+)")


def parse_roles(text: str) -> Mapping[str, Scope]:
    """Return the scopes of principals, from a text such as `arn:aws:iam::123456789012:role/Deploy=user`.

    Raises BadUserInput. No wildcard is possible, because a new role could match it unseen. An empty text lets
    nobody in.
    """
    if not text:
        return {}
    found = {}
    for arn, scope in parse_scopes("IAM_SCOPES", text).items():
        if not _PRINCIPAL.fullmatch(arn):
            raise BadUserInput(f"IAM_SCOPES: {arn[:200]!r} is not the ARN of a role or user of IAM.")
        found[_without_path(arn)] = scope
    return found


def caller_of_arn(roles: Mapping[str, Scope], arn: str) -> Caller:
    """Return the caller that has signed a request. Raises Forbidden if its role or user is not let in."""
    session = _SESSION.fullmatch(arn)
    principal = arn
    if session is not None:
        # The ARN of a session lacks the path of its role.
        principal = f"arn:{session[1]}:iam::{session[2]}:role/{session[3]}"
    scope = roles.get(_without_path(principal))
    if scope is None:
        raise Forbidden("The role or user that has signed the request is not in the setting IamScopes.")
    return Caller(name=arn, scope=scope)


def _without_path(arn: str) -> str:
    kind, _, rest = arn.partition("/")
    return f"{kind}/{rest.rpartition('/')[2]}"
