"""What a process remembers of a tenant between requests: only what cannot have become wrong, and hints."""

from datetime import datetime

from domain.access.tenants import Tenant
from storage.formats import Formats, KnownFormat


class TenantMemory:
    """The memory of a tenant that is not the home tenant.

    format  the form of the tenant's data, which only gets newer
    tenant  its id, name and slug, which never change
    polled  the last polls of its agents that this process has seen: only a hint, since it is not shared
    """

    def __init__(self, formats: Formats, tenant: Tenant) -> None:
        self.format = KnownFormat(formats)
        self.tenant = tenant
        self.polled: dict[str, datetime] = {}
