"""Whether a tenant can be the home tenant of a deployment, by what its table has.

All keys are found in the home tenant's partitions, so a key that is stored in those of another tenant is
refused for ever.
"""

from collections.abc import Collection
from typing import Any, Final

from flow_runs.errors import BadUserInputError

# The tenant of a deployment that sets no TENANT_ID.
DEFAULT_TENANT_ID: Final = "6e0b5f3c-2f6d-4c1e-9a57-3b1d8f0c7a21"

Place = tuple[str, str]


def _form(tenant_id: str) -> Place:
    """Return the record of the form of a tenant's data, which each tenant has after its first tick."""
    return f"{tenant_id}#format", "format"


def _register(tenant_id: str) -> Place:
    """Return the register of other tenants, which only a home tenant has."""
    return f"{tenant_id}#recovery", "tenants"


def _other(tenant_id: str) -> Place:
    """Return the item of a tenant beside the usual home tenant."""
    return f"{DEFAULT_TENANT_ID}#tenant#{tenant_id}", "tenant"


def places(tenant_id: str) -> list[Place]:
    """Return the items, by partition and sort key, of which those that exist decide."""
    return sorted({_form(tenant_id), _form(DEFAULT_TENANT_ID), _register(tenant_id), _other(tenant_id)})


def as_key(place: Place) -> dict[str, Any]:
    """Return a place as a key of DynamoDB's low-level API."""
    return {"pk": {"S": place[0]}, "sk": {"S": place[1]}}


def doubt_of(tenant_id: str, existing: Collection[Place]) -> str | None:
    """Return what speaks against a home tenant, None if nothing does. `existing` are places that exist.

    Raises BadUserInputError if it certainly is none.
    """
    if _other(tenant_id) in existing:
        raise BadUserInputError(
            f"{tenant_id} is not the home tenant of this deployment, which is {DEFAULT_TENANT_ID}. Keys for "
            "other tenants are made by create_api_key with `tenants`, with a key of the home tenant."
        )
    if _register(tenant_id) in existing:
        return None
    if _form(tenant_id) in existing:
        return None if tenant_id == DEFAULT_TENANT_ID else "The deployment may have another home tenant"
    if _form(DEFAULT_TENANT_ID) in existing:
        raise BadUserInputError(
            f"The table has nothing of tenant {tenant_id}, but data of {DEFAULT_TENANT_ID}, which is the "
            "home tenant unless TENANT_ID was set since the last tick."
        )
    return "The table has nothing of this tenant yet"
