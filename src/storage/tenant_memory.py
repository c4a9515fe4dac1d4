"""What a process remembers of a tenant between requests: what cannot become wrong, and what a minute may."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from domain.access.tenants import Tenant
from storage.access.rate_memory import RateMemory
from storage.access.usage_memory import UsageMemory
from storage.formats import Formats, KnownFormat

# New limits of a tenant are known to all processes after this time.
_READ_EVERY: Final = 60.0


class TenantMemory:
    """The memory of a tenant that is not the home tenant.

    format  the form of the tenant's data, which only gets newer
    tenant  its id, name and slug, which never change, and its limits, which may be a minute old
    polled  the last polls of its agents that this process has seen: only a hint, since it is not shared
    rate    what this process has left of its requests a minute
    usage   what this process has counted of its use and not written yet
    """

    def __init__(self, formats: Formats, tenant: Tenant, clock: Callable[[], float] = time.monotonic) -> None:
        self.format = KnownFormat(formats)
        self.tenant = tenant
        self.polled: dict[str, datetime] = {}
        self.rate = RateMemory()
        self.usage = UsageMemory()
        self._clock = clock
        self._read_at = clock()

    def is_fresh(self) -> bool:
        """Return True if the tenant was read within the last minute."""
        return self._clock() - self._read_at < _READ_EVERY

    def learn(self, tenant: Tenant) -> None:
        """Keep the tenant as it was just read."""
        self.tenant, self._read_at = tenant, self._clock()
