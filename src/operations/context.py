"""What every use case is given: the stores, the tenant it acts for, the clock and the dice."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from domain.json_types import JsonObject

# What ports are made of would make every start slower: they are for the type checker alone.
if TYPE_CHECKING:
    from operations.ports import Secrets, Store

TOKEN_BYTES: Final = 6


@dataclass(frozen=True, slots=True)
class Tenant:
    """Whose data a request reads and writes; nothing of another tenant can be reached."""

    id: str
    name: str
    slug: str


@dataclass(frozen=True, slots=True)
class Context:
    """One request's surroundings.

    `random_bits(n)` draws n bits nobody can foresee; `core_version` is the release of Prefect Core that the
    client says it is, if it says so. `cost` tells what the request's reads and writes have cost so far;
    `plans` collects how its lists were looked for, `left_out` what of a list without limit is not in the
    answer. Logs are kept for `logs_kept`, None is for ever. `bearer` is the token that the request carries.
    `agent_id` is the agent that the client says it is, and `polled` when agents polled last as far as this
    process saw it: no more than a hint.
    """

    store: "Store"
    tenant: Tenant
    now: Callable[[], datetime]
    random_bits: Callable[[int], int]
    secrets: "Secrets"
    core_version: str | None = None
    cost: Callable[[], JsonObject] = dict
    plans: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    agent_id: str | None = None
    logs_kept: timedelta | None = None
    polled: dict[str, datetime] = field(default_factory=dict)
    bearer: str | None = field(default=None, repr=False)

    def token(self) -> bytes:
        """Random bytes that tell one write from all others."""
        return self.random_bits(8 * TOKEN_BYTES).to_bytes(TOKEN_BYTES, "big")
