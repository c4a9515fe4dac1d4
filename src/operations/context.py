"""The context of a use case: the stores, the tenant, the clock and the source of randomness."""

from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from domain.access.callers import OPERATOR, Caller
from domain.access.tenants import Tenant
from domain.flow_runs.key_ranges import FirstPages
from domain.ids import TOKEN_BYTES
from domain.json_types import JsonObject
from domain.parts import Part
from domain.work import Work

# For the type checker alone, because importing the ports would make every start slower.
if TYPE_CHECKING:
    from domain.access.authors import Origin
    from domain.flows.edges import Edge
    from domain.task_runs.task_runs import CachedAs
    from operations.ports.access import RateMemory, Secrets, UsageMemory
    from operations.ports.store import Store

# How many rows a list of runs may look at, unless the deployment says otherwise. They take four fifths of the
# budget of a request.
MOST_ROWS: Final = 5_000
# How far ahead runs of schedules are made: beyond the first only the next one, within the second all.
SCHEDULE_HORIZON: Final = timedelta(hours=24)
SCHEDULE_LEAD: Final = timedelta(minutes=3)


class SharedRows:
    """What a list and the lists inside of it read once, however often they need it: related rows and groups.

    `consistent` is False if they may be some moments old, as the rows of the list are, which come from an
    index. `first_pages` has the first pages of ranges of indexes that were compared.
    """

    def __init__(self, *, consistent: bool) -> None:
        self.consistent = consistent
        self._rows: dict[Hashable, dict[str, Any]] = {}
        self._groups: dict[str, list[str] | None] = {}
        self.first_pages: FirstPages = {}

    def of(self, entity: str, parts: frozenset[Part]) -> dict[str, Any]:
        """Return the rows of an entity that were read with these parts, by id. The caller adds others."""
        return self._rows.setdefault((entity, parts), {})

    def groups(self, where: str, find: Callable[[], list[str] | None]) -> list[str] | None:
        """Return the flow groups that a filter on flows names, which are looked up once."""
        if where not in self._groups:
            self._groups[where] = find()
        return self._groups[where]


@dataclass(frozen=True, slots=True)
class Context:
    """The context of one request.

    tenant        the tenant whose data it reads and writes; no use case reaches the data of another one
    home          the home tenant of the deployment; None if it is the same
    rate          what this process has left of the tenant's requests a minute; None without any count
    usage         what this process has counted of the tenant's use; None if it is not counted
    tally         how many flow runs the request has created, under the name runs
    random_bits   draws unpredictable bits, as many as it is asked for
    core_version  the release of Prefect Core that the client names, None if it names none
    cost          returns the cost of the request's reads and writes so far
    plans         collects the plans by which lists were read
    left_out      collects what a list without a limit leaves out of the response
    agent_id      the agent that the client says it is
    logs_kept     how long logs are kept, None for ever
    compared      the ids of runs in some states, and the places of flow groups, as lists that are read side
                  by side have found them
    related       related rows that the list has read by their ids; None outside of lists
    cached_as     by flow and number, as what its tasks cache results, as far as this request has read them
    edges         by flow and end, the edges of its tasks, as far as this request has read them
    most_rows     how many rows one list of runs may look at
    polled        the last polls of agents that this process has seen: only a hint, since it is not shared
    used_keys     when this process last tried to note the use of each API key: only a hint, too
    audit_kept    how long entries of the audit trail are kept, None if there is no trail
    origin        where the request comes from, for the audit trail
    keys_last     how long a key lasts for which no end is given, None for ever
    bearer        the token that lets the request in, without the tenant that it may name
    schedule_horizon  beyond it only the next run of a schedule is made
    schedule_lead     all runs of schedules are made that are due within this time
    schedule_late_after
                  how long after it was due an automatic run may begin whose schedule has no rule for that;
                  None is for ever
    work          the budget of the request's work: comparisons, reads of the database, time
    caller        who sent the request, and what it may do
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
    compared: dict[Hashable, set[Any]] | None = field(default=None, repr=False)
    related: SharedRows | None = field(default=None, repr=False)
    cached_as: dict[str, dict[int, "CachedAs"]] = field(default_factory=dict, repr=False)
    edges: dict[tuple[str, str], dict[str, list["Edge"]]] = field(default_factory=dict, repr=False)
    most_rows: int = MOST_ROWS
    polled: dict[str, datetime] = field(default_factory=dict)
    used_keys: dict[str, datetime] = field(default_factory=dict)
    bearer: str | None = field(default=None, repr=False)
    keys_last: timedelta | None = None
    audit_kept: timedelta | None = None
    origin: "Origin | None" = None
    schedule_horizon: timedelta = SCHEDULE_HORIZON
    schedule_lead: timedelta = SCHEDULE_LEAD
    schedule_late_after: timedelta | None = None
    work: Work = field(default_factory=Work.unlimited, repr=False)
    caller: Caller = OPERATOR
    home: Tenant | None = None
    rate: "RateMemory | None" = field(default=None, repr=False)
    usage: "UsageMemory | None" = field(default=None, repr=False)
    tally: Counter[str] = field(default_factory=Counter)

    @property
    def home_tenant(self) -> Tenant:
        """The tenant in whose place the keys and the tenants of the deployment are kept."""
        return self.home or self.tenant

    def sent_by(self, caller: Caller) -> "Context":
        """Return the context of a request whose caller is known by now."""
        return replace(self, caller=caller)

    def sent_with(self, bearer: str | None, origin: "Origin | None" = None) -> "Context":
        """Return the context of a request whose token is known, and where it comes from."""
        return replace(self, bearer=bearer, origin=origin)

    def token(self) -> bytes:
        """Return random bytes that tell one write from all others."""
        return self.random_bits(8 * TOKEN_BYTES).to_bytes(TOKEN_BYTES, "big")
