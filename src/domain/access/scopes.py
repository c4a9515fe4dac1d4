"""Scopes: what the bearer of a key may do."""

from enum import Enum


class Scope(Enum):
    """The kinds of access, from the most to the least. No scope but ADMIN touches keys and tenants."""

    ADMIN = "admin"
    USER = "user"
    READ = "read"
    RUNNER = "runner"


# A user does what readers and runners do, so it may hand out keys of theirs. A reader runs nothing, and a
# runner reads only what it runs.
_COVERED = {
    Scope.ADMIN: frozenset(Scope),
    Scope.USER: frozenset((Scope.USER, Scope.READ, Scope.RUNNER)),
    Scope.READ: frozenset((Scope.READ,)),
    Scope.RUNNER: frozenset((Scope.RUNNER,)),
}


def covers(scope: Scope, other: Scope) -> bool:
    """Return True if `scope` may do everything that `other` may do."""
    return other in _COVERED[scope]


def least(scopes: frozenset[Scope]) -> Scope:
    """Return the scope of a set that all others of the set cover, or the first of those that have no such."""
    ordered = [scope for scope in Scope if scope in scopes]
    return next((scope for scope in ordered if all(covers(other, scope) for other in scopes)), ordered[-1])
