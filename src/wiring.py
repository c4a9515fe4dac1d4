"""The wiring, which joins the layers.

It reads a function's environment and gives the use cases their clock and randomness.
"""

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from domain.access.callers import Caller
from domain.access.iam_roles import parse_roles
from domain.access.issuers import Issuer, parse_issuer
from domain.access.scopes import Scope
from domain.access.tenants import Tenant, no_such_tenant
from domain.access.token_digests import parse_digests
from domain.errors import BadUserInput
from domain.ids import parse_uuid
from domain.recovery.rules import RecoverySettings
from domain.work import Work
from operations.access.secrets import SecretsOfRequest
from operations.context import MOST_ROWS, SCHEDULE_HORIZON, SCHEDULE_LEAD, Context
from storage.access.parameters import ParameterSecrets
from storage.access.secret_files import FileSecrets
from storage.dynamodb import clients
from storage.dynamodb.aws_errors import AWS_ERRORS, error_code
from storage.dynamodb.consumption import Consumption
from storage.dynamodb.parallel import parallel_calls
from storage.dynamodb.reachability import Reachability
from storage.dynamodb.table import Observer, Table
from storage.dynamodb.writability import Writability
from storage.formats import Formats, KnownFormat
from storage.layout.keys import Keys
from storage.store import TenantStore

# For the local server, which reaches the storage through this module alone.
__all__ = ["AWS_ERRORS", "error_code"]

if TYPE_CHECKING:
    from graphql_api.execution import Executor
    from operations.ports.access import Secrets
    from storage.dead_letters import DeadLetters
    from storage.tenant_memory import TenantMemory

# Seconds: a week, because heartbeats are not kept longer.
_LONGEST_SPAN: Final = 604_800
DEFAULT_TENANT_ID: Final = "6e0b5f3c-2f6d-4c1e-9a57-3b1d8f0c7a21"
DEFAULT_AUDIT_KEPT: Final = timedelta(days=90)
# Hours: a year.
_LONGEST_HORIZON: Final = 8_760
_MINUTE: Final = timedelta(minutes=1)
MAX_RETENTION_DAYS: Final = 36_500
# How few and how many rows a list of runs may be let look at: the budget of a request ends about there.
FEWEST_ROWS: Final = 1_000
MANY_ROWS: Final = 6_000
# The value of FLOW_RUNS_CLIENT that switches to botocore's client of DynamoDB.
BOTOCORE: Final = "botocore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of a deployment; docs/deploying.md describes them."""

    table_name: str
    shards: int
    tenant_id: str
    tenant_name: str
    tenant_slug: str
    token_digests: frozenset[str]
    dead_letter_queue_url: str
    logs_kept: timedelta | None
    # Secrets are parameters of AWS under `secrets_path`, unless `secrets_file` names a file of this machine;
    # "" keeps them in memory.
    secrets_path: str
    secrets_file: str | None
    # True lets everybody in who sends no token, if there is neither an operator's token nor an issuer.
    allow_anonymous: bool = True
    # The identity provider whose tokens are accepted, if any, and the roles of IAM that are let in.
    issuer: Issuer | None = None
    iam_roles: Mapping[str, Scope] = field(default_factory=dict)
    # False hides the schema: introspection, and suggestions in errors.
    introspection: bool = True
    # How many rows one list of runs may look at.
    most_rows: int = MOST_ROWS
    recovery: RecoverySettings = field(default_factory=RecoverySettings)
    schedule_horizon: timedelta = SCHEDULE_HORIZON
    # How long after it was due an automatic run may begin if its schedule has no rule for that.
    schedule_late_after: timedelta | None = None
    # How long an API key lasts for which no end is given, None for ever.
    keys_last: timedelta | None = None
    # How long entries of the audit trail are kept, None if there is no trail.
    audit_kept: timedelta | None = DEFAULT_AUDIT_KEPT

    @property
    def is_open(self) -> bool:
        """True if requests without a token are let in."""
        return self.allow_anonymous and not (self.token_digests or self.issuer)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """Return the settings in environment variables. Raises BadUserInput for unusable values."""
        shards = environ.get("SHARDS", "4")
        if not _is_number(shards) or not 1 <= int(shards) <= 256:  # noqa: PLR2004
            raise BadUserInput(f"SHARDS must be a number from 1 to 256, not {shards!r}.")
        digests = parse_digests("AUTH_TOKEN_SHA256", environ.get("AUTH_TOKEN_SHA256", ""))
        return cls(
            table_name=environ.get("TABLE_NAME", "flow-runs"),
            shards=int(shards),
            tenant_id=parse_uuid(environ.get("TENANT_ID", DEFAULT_TENANT_ID), "TENANT_ID"),
            tenant_name=environ.get("TENANT_NAME", "Default"),
            tenant_slug=environ.get("TENANT_SLUG", "default"),
            token_digests=digests,
            dead_letter_queue_url=environ.get("DEAD_LETTER_QUEUE_URL", ""),
            logs_kept=_days(environ, "RUN_LOG_RETENTION_DAYS", "to keep the logs of runs for ever", "30"),
            secrets_path=environ.get("SECRETS_PATH", "flow-runs/secrets").strip("/"),
            secrets_file=environ.get("SECRETS_FILE"),
            allow_anonymous=_is_true(environ, "ALLOW_ANONYMOUS", default=True),
            issuer=parse_issuer(environ),
            iam_roles=parse_roles(environ.get("IAM_SCOPES", "")),
            introspection=_is_true(environ, "INTROSPECTION", default=True),
            most_rows=_most_rows(environ.get("MAX_LISTED_ROWS") or str(MOST_ROWS)),
            recovery=_recovery(environ),
            schedule_horizon=_schedule_horizon(environ),
            schedule_late_after=_schedule_late_after(environ),
            keys_last=_days(environ, "API_KEY_DAYS", "to let API keys last for ever"),
            audit_kept=_days(environ, "AUDIT_DAYS", "for no audit trail", str(DEFAULT_AUDIT_KEPT.days)),
        )


def _is_number(text: str) -> bool:
    """Return True for digits that everybody reads: those of other scripts are decimal, too."""
    return text.isascii() and text.isdecimal()


def _most_rows(text: str) -> int:
    if not (_is_number(text) and FEWEST_ROWS <= int(text) <= MANY_ROWS):
        raise BadUserInput(
            f"MAX_LISTED_ROWS must be a whole number from {FEWEST_ROWS:,} to {MANY_ROWS:,}, not "
            f"{text[:20]!r}."
        )
    return int(text)


def _recovery(environ: Mapping[str, str]) -> RecoverySettings:
    """Return recovery's settings, whose spans are in seconds. Raises BadUserInput."""
    return RecoverySettings(
        interval=timedelta(seconds=_whole(environ, "RECOVERY_INTERVAL", 60, 1)),
        heartbeat_timeout=timedelta(seconds=_whole(environ, "HEARTBEAT_TIMEOUT", 120, 1)),
        reschedule_after=timedelta(seconds=_whole(environ, "RESCHEDULE_AFTER", 600, 1)),
        max_reschedules=_whole(environ, "MAX_RESCHEDULES", 3, 0),
    )


def _schedule_horizon(environ: Mapping[str, str]) -> timedelta:
    """Return how far ahead runs of schedules are made. Raises BadUserInput."""
    text = environ.get("SCHEDULE_HORIZON_HOURS") or "24"
    if not (_is_number(text) and 1 <= int(text) <= _LONGEST_HORIZON):
        raise BadUserInput(
            f"SCHEDULE_HORIZON_HOURS must be a whole number from 1 to {_LONGEST_HORIZON:,}, not "
            f"{text[:20]!r}."
        )
    return timedelta(hours=int(text))


def _schedule_late_after(environ: Mapping[str, str]) -> timedelta | None:
    """Return after how long an automatic run is too late to begin, None for never. Raises BadUserInput."""
    seconds = _whole(environ, "SCHEDULE_LATE_AFTER", 0, 0)
    return timedelta(seconds=seconds) if seconds else None


def _days(environ: Mapping[str, str], name: str, why_zero: str, default: str = "0") -> timedelta | None:
    """Return a number of days, None for 0. Raises BadUserInput."""
    text = environ.get(name) or default
    if not _is_number(text) or int(text) > MAX_RETENTION_DAYS:
        raise BadUserInput(
            f"{name} must be a number from 1 to {MAX_RETENTION_DAYS:,}, or 0 {why_zero}; not {text[:20]!r}."
        )
    return timedelta(days=int(text)) if int(text) else None


def _is_true(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = (environ.get(name) or str(default)).lower()
    if text not in ("true", "false", "1", "0"):
        raise BadUserInput(f"{name} must be true or false, not {text[:20]!r}.")
    return text in ("true", "1")


def _whole(environ: Mapping[str, str], name: str, default: int, least: int) -> int:
    text = environ.get(name) or str(default)
    if not (_is_number(text) and least <= int(text) <= _LONGEST_SPAN):
        raise BadUserInput(
            f"{name} must be a whole number from {least} to {_LONGEST_SPAN:,}, not {text[:20]!r}."
        )
    return int(text)


class App:
    """The parts that a process makes once: the client with its connections, the schema, the documents."""

    def __init__(self, settings: Settings, dynamodb: Any, observe: Observer | None = None) -> None:
        self.settings = settings
        self._dynamodb = dynamodb
        self._observe = observe
        self._threads = parallel_calls()
        self._used_keys: dict[str, datetime] = {}
        self.writability = Writability()
        self._reachability = Reachability()
        self._tenant = Tenant(settings.tenant_id, settings.tenant_name, settings.tenant_slug)
        self._polled: dict[str, datetime] = {}
        self._format = KnownFormat(self.formats)
        self._others: dict[str, TenantMemory] = {}

    @property
    def formats(self) -> Formats:
        """The record of the form of the data, for readers outside of a request."""
        return self._store(self._table()).formats

    @cached_property
    def executor(self) -> "Executor":
        """The executor. Made and imported on first use, because the schedule function needs none."""
        from graphql_api.execution import Executor  # noqa: PLC0415
        from graphql_api.schema import build_schema  # noqa: PLC0415

        return Executor(build_schema(), introspection=self.settings.introspection)

    @cached_property
    def _secrets(self) -> "Callable[[str], Secrets]":
        """The store of the secrets of a tenant. It makes a client of AWS only for the first secret."""
        make_client, file = cache(clients.ssm_client), self.settings.secrets_file

        def of_tenant(tenant_id: str) -> "Secrets":
            end = "" if tenant_id == self.settings.tenant_id else f"tenant-{tenant_id}"
            if file is None:
                path = f"/{self.settings.secrets_path}"
                return ParameterSecrets(make_client, f"{path}/{end}" if end else path)
            if not file:
                return FileSecrets(None)
            return FileSecrets(Path(f"{file}.{end}") if end else Path(file))

        return cache(of_tenant)

    @cached_property
    def dead_letters(self) -> "DeadLetters":
        """The dead-letter queue. Made on first use, because most processes never reject an event."""
        from storage.dead_letters import DeadLetters  # noqa: PLC0415

        return DeadLetters(clients.sqs_client(), self.settings.dead_letter_queue_url)

    def context(
        self,
        core_version: str | None = None,
        agent_id: str | None = None,
        work: Work | None = None,
    ) -> Context:
        """Return the context of one request, from a client that may have named its release and its agent.

        It is for the home tenant, until the caller is known.

        `work` is the budget of a request from outside; without one, nothing is bounded. The first request of
        a process reads the form of the data. Raises DataTooNew, ApiError.
        """
        consumption = Consumption()
        table = self._table(self._observe or consumption.add, work)
        return Context(
            store=self._store(table, is_current=self._format.look()),
            secrets=SecretsOfRequest(self._secrets(self.settings.tenant_id)),
            tenant=self._tenant,
            now=lambda: datetime.now(UTC),
            random_bits=secrets.randbits,
            core_version=core_version,
            cost=consumption.summary,
            agent_id=agent_id,
            logs_kept=self.settings.logs_kept,
            most_rows=self.settings.most_rows,
            schedule_horizon=self.settings.schedule_horizon,
            schedule_late_after=self.settings.schedule_late_after,
            schedule_lead=max(SCHEDULE_LEAD, self.settings.recovery.interval + 2 * _MINUTE),
            used_keys=self._used_keys,
            keys_last=self.settings.keys_last,
            polled=self._polled,
            audit_kept=self.settings.audit_kept,
            work=work or Work.unlimited(),
        )

    def for_tenant(self, context: Context, tenant_id: str) -> Context:
        """Return the context of the same request for a tenant.

        The first request of a process for a tenant in each minute reads the tenant, and the very first one
        the form of its data. Raises Forbidden if there is no such tenant, DataTooNew, ApiError.
        """
        if tenant_id == context.tenant.id:
            return context
        home_store = cast("TenantStore", context.store)
        known = self._known(context, tenant_id)
        return replace(
            context,
            store=home_store.of_tenant(tenant_id, is_current=known.format.look()),
            tenant=known.tenant,
            home=context.home_tenant,
            secrets=SecretsOfRequest(self._secrets(tenant_id)),
            polled=known.polled,
            rate=known.rate,
            usage=known.usage,
            logs_kept=known.tenant.logs_kept(context.logs_kept),
        )

    def _known(self, context: Context, tenant_id: str) -> "TenantMemory":
        """Return what this process knows of a tenant. It is read again after a minute, for its limits."""
        known = self._others.get(tenant_id)
        if known is not None and known.is_fresh():
            return known
        from storage.tenant_memory import TenantMemory  # noqa: PLC0415  (most deployments have one tenant)

        found = context.store.tenants.get([tenant_id])
        if not found:
            raise no_such_tenant(tenant_id)
        if known is None:
            formats = self._store(self._table()).of_tenant(tenant_id, is_current=False).formats
            known = self._others.setdefault(tenant_id, TenantMemory(formats, found[0]))
        known.learn(found[0])
        return known

    def for_caller(self, context: Context, caller: Caller, asked: str | None) -> Context:
        """Return the context of the same request for its caller, and for the tenant that it names, if any.

        Raises Forbidden, worded in the same way whether the tenant exists or not.
        """
        tenant_id = caller.tenant(asked, context.tenant.id)
        return self.for_tenant(context, tenant_id).sent_by(caller)

    def _store(self, table: Table, *, is_current: bool = False) -> TenantStore:
        return TenantStore(table, self.settings.tenant_id, self.settings.shards, is_current=is_current)

    def _table(self, observe: Observer | None = None, work: Work | None = None) -> Table:
        name, threads = self.settings.table_name, self._threads
        return Table(self._dynamodb, name, observe, threads, self.writability, work)

    def health(self) -> None:
        """Raise an error if requests cannot be served, or if writes of this process are known to fail.

        A response of the table counts for a second, because anybody may ask. Known failures always count.
        """
        _ = self.executor
        self._format.look()
        self._reachability.check(self._table().describe)
        self.writability.check(self.try_writing)

    def try_writing(self) -> None:
        """Write an item and delete it again. Raises ApiError if the table cannot be written."""
        from storage.trial import write_and_forget  # noqa: PLC0415  (hardly ever needed)

        keys = Keys(self.settings.tenant_id, self.settings.shards)
        write_and_forget(self._table(), keys, int(datetime.now(UTC).timestamp()))


def dynamodb_client() -> Any:
    """Return the client of DynamoDB to which the environment leads.

    FLOW_RUNS_CLIENT=botocore chooses botocore's client in the place of ours. Raises BadUserInput for other
    values.
    """
    choice = os.environ.get("FLOW_RUNS_CLIENT", "")
    if choice not in ("", BOTOCORE):
        raise BadUserInput(f"FLOW_RUNS_CLIENT must be {BOTOCORE!r} or not set, not {choice[:20]!r}.")
    return clients.botocores_client() if choice == BOTOCORE else clients.dynamodb_client(os.environ)


@lru_cache(maxsize=1)
def app() -> App:
    """Return the App of this process, made from the environment on first use."""
    return App(Settings.from_environment(os.environ), dynamodb_client())
