"""Tenants: the owners of all data. A deployment has its home tenant, and any that its operators create."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.errors import BadUserInput, Forbidden
from domain.ids import stable_id

MAX_TENANTS: Final = 1_000
MAX_SLUG_LENGTH: Final = 100
MAX_REQUESTS: Final = 1_000_000
MAX_LOG_DAYS: Final = 36_500
MAX_FLOWS: Final = 10_000_000
# A text that is its own slug: words of lower-case letters and digits, with single hyphens between them.
_SLUG: Final = re.compile("[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantLimits:
    """The limits of a tenant beside the home tenant; None is as the deployment has it.

    requests  how many requests a minute are answered
    log_days  how many days the logs of its runs are kept
    flows     how many versions of flows are stored
    """

    requests: int | None = None
    log_days: int | None = None
    flows: int | None = None


NO_LIMITS: Final = TenantLimits()


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant. `created` is None for the home tenant, which the settings of the deployment name."""

    id: str
    name: str
    slug: str
    created: datetime | None = None
    limits: TenantLimits = NO_LIMITS

    @property
    def counts_flows(self) -> bool:
        """True if its flows are counted: from its creation on, but not those of the home tenant."""
        return self.created is not None

    def logs_kept(self, usual: timedelta | None) -> timedelta | None:
        """Return how long its logs are kept, if `usual` is how long the deployment keeps them."""
        return usual if self.limits.log_days is None else timedelta(days=self.limits.log_days)


def check_limits(limits: TenantLimits) -> TenantLimits:
    """Return limits unchanged. Raises BadUserInput for one that is out of bounds."""
    for name, value, most in (
        ("requests_per_minute", limits.requests, MAX_REQUESTS),
        ("log_retention_days", limits.log_days, MAX_LOG_DAYS),
        ("stored_flows", limits.flows, MAX_FLOWS),
    ):
        if value is not None and not 1 <= value <= most:
            raise BadUserInput(f"{name} must be from 1 to {most:,}, or null for no limit; not {value}.")
    return limits


def tenant_id_of(home_id: str, slug: str) -> str:
    """Return the id of the tenant with this slug. It follows from the slug, so that a slug is unique."""
    return stable_id(home_id, f"tenant/{slug}")


def check_slug(slug: str) -> str:
    """Return a slug unchanged. Raises BadUserInput if it is not its own slug."""
    if len(slug) > MAX_SLUG_LENGTH:
        raise BadUserInput(f"slug has {len(slug)} characters; at most {MAX_SLUG_LENGTH} are allowed.")
    if not _SLUG.fullmatch(slug):
        raise BadUserInput(
            "slug must be words of the letters a-z and digits with single hyphens between them, such as "
            "'my-tenant'."
        )
    return slug


def no_such_tenant(tenant_id: str) -> Forbidden:
    """Return the error for a tenant that the caller may not use, whether or not it exists."""
    return Forbidden(f"There is no tenant {tenant_id[:100]} that this caller may use.")
