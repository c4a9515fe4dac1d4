"""The caller of a request: who it is, and what it may do."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from domain.access.authors import Author
from domain.access.scopes import Scope, covers
from domain.access.tenants import no_such_tenant
from domain.errors import Forbidden
from domain.ids import is_uuid
from domain.times import format_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Somebody who sends requests.

    name        who it is, for people and for the audit trail
    scope       what it may do
    projects    the ids of the projects to which it is limited; None is all
    tenants     the ids of the tenants that it may use, its own first: the home tenant if empty; None is all
    key_id      the id of the API key that it used, None if it used none
    expires_at  the end of its access, None if it has no end
    used        when a use of its key was last noted, None if none was
    """

    name: str
    scope: Scope
    projects: frozenset[str] | None = None
    tenants: tuple[str, ...] | None = ()
    key_id: str | None = None
    expires_at: datetime | None = None
    used: datetime | None = None

    @property
    def author(self) -> Author:
        """The caller as it is kept with what it makes."""
        return Author(self.name, self.key_id)

    def administers(self, home_id: str) -> bool:
        """Return True if it may do everything in the deployment whose home tenant this is."""
        is_at_home = self.tenants is None or home_id in (self.tenants or (home_id,))
        return is_at_home and self.scope is Scope.ADMIN and self.projects is None

    def tenant(self, asked: str | None, home_id: str) -> str:
        """Return the id of the tenant for which it sends a request that names this tenant, or none.

        Raises Forbidden, worded in the same way for a tenant that does not exist.
        """
        own = self.tenants or (home_id,)
        if asked is None:
            return own[0]
        if asked in own or (self.tenants is None and is_uuid(asked)):
            return asked
        raise no_such_tenant(asked)


# The callers without a key of the table: who holds a token of the deployment's settings, and everybody on a
# server that demands no token.
OPERATOR = Caller(name="operator", scope=Scope.ADMIN, tenants=None)
ANONYMOUS = Caller(name="anonymous", scope=Scope.ADMIN, tenants=None)


def check_grant(
    caller: Caller, scope: Scope, projects: Collection[str] | None, expires_at: datetime | None
) -> None:
    """Raise Forbidden unless the caller has all that it would grant.

    That is the scope, the projects, and the time, because a key that outlives its maker is access that
    nobody gave.
    """
    if not covers(caller.scope, scope):
        raise Forbidden(
            f"A key of scope {caller.scope.value!r} can't make one of scope {scope.value!r}.",
            {"scope": caller.scope.value, "needs": scope.value},
        )
    if caller.projects is not None and (projects is None or not set(projects) <= caller.projects):
        raise Forbidden("projects: a key that is limited to projects can only make keys for these projects.")
    if caller.expires_at is not None and (expires_at is None or expires_at > caller.expires_at):
        raise Forbidden(
            f"expires_at: a key that ends at {format_time(caller.expires_at)} can't make one that ends later."
        )
