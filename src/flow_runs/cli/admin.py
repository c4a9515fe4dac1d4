"""`flow-runs admin create-key`: the first key of a deployment, made against its table."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from flow_runs.admin.home_tenants import DEFAULT_TENANT_ID
from flow_runs.cli.keys import Scope
from flow_runs.cli.session import say
from flow_runs.cli.text import instant, print_json
from flow_runs.cli.times import time_or_ahead_from
from flow_runs.errors import ConfigurationError

if TYPE_CHECKING:
    from flow_runs.admin.tables import AdminTable

_LONGEST_NAME: Final = 200
_EXAMPLES: Final = """Examples:

flow-runs admin create-key --table flow-runs-Table-1ABC --name "my first key" --expires 90d"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    id: str
    key: str = field(repr=False)
    scope: str
    expires_at: datetime | None


def create_key(
    table: Annotated[str, typer.Option(help="The table's name: an output of the stack.", show_default=False)],
    *,
    scope: Annotated[Scope, typer.Option(help="What the key may do.")] = Scope.ADMIN,
    project: Annotated[
        list[str] | None, typer.Option("--project", "-p", help="Only in this project; repeatable.")
    ] = None,
    name: Annotated[str, typer.Option(help="The key's name.")] = "first key",
    expires: Annotated[
        str | None, typer.Option(help="When it ends: a time, or a span such as 90d from now.")
    ] = None,
    region: Annotated[str | None, typer.Option(help="The region; else as AWS's settings say.")] = None,
    endpoint_url: Annotated[str | None, typer.Option(help="Another endpoint of DynamoDB.")] = None,
    tenant: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="The deployment's home tenant, in which all keys are stored: TENANT_ID of a deployment "
            "that sets it. It is no way to choose another tenant.",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make an API key with credentials of AWS, and print it. It cannot be shown again.

    The service need not be reached, and no key is needed: who may write to the table may make one. The
    service accepts the key from its next request on. It is a key for the home tenant; keys for other tenants
    are made by create_api_key with an admin key of the home tenant.
    """
    now = datetime.now(UTC)
    end = time_or_ahead_from(expires, "--expires", now)
    if end is not None and end <= now:
        raise typer.BadParameter("the end must be later than now.", param_hint="--expires")
    if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
        raise typer.BadParameter(
            f"a name has 1 to {_LONGEST_NAME} characters, none of them a control character.",
            param_hint="--name",
        )
    home = _tenant_id(tenant)
    opened = _table(table, home, region, endpoint_url)
    doubt = opened.doubt_of_home()
    made = opened.create_key(name, scope.value, project or None, end, now)
    if doubt is not None:
        say(
            f"Warning: {doubt}. The key is refused unless {home} is the home tenant: check that TENANT_ID of "
            f"the deployment's functions is this{' or is not set' if home == DEFAULT_TENANT_ID else ''}."
        )
    if json:
        print_json(_Shown(id=made.id, key=made.secret, scope=made.scope, expires_at=end))
        return
    typer.echo(made.secret)
    ends = "It never ends" if end is None else f"It ends {instant(end)}"
    say(f"API key {made.id} of scope {made.scope}. {ends}, and is shown only now.")


def _tenant_id(given: str | None) -> str:
    if given is None:
        return DEFAULT_TENANT_ID
    try:
        return str(uuid.UUID(given.strip()))
    except ValueError:
        raise typer.BadParameter(f"{given!r} is no tenant's id.", param_hint="--tenant") from None


def _table(name: str, tenant_id: str, region: str | None, endpoint_url: str | None) -> "AdminTable":
    try:
        from flow_runs.admin.tables import AdminTable  # noqa: PLC0415  (needs an extra)
    except ModuleNotFoundError as error:
        if error.name not in ("boto3", "botocore"):
            raise
        raise ConfigurationError(
            "This command calls AWS by boto3, which is not installed: pip install 'flow-runs[admin]'"
        ) from error
    return AdminTable(name, tenant_id, region=region, endpoint_url=endpoint_url)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    group = typer.Typer(no_args_is_help=True, help="Change a deployment with credentials of AWS.")

    @group.callback()
    def only_a_group() -> None:
        """Change a deployment with credentials of AWS."""

    group.command("create-key", epilog=_EXAMPLES)(create_key)
    app.add_typer(group, name="admin")
