"""`flow-runs keys` and its commands."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final

import typer

from flow_runs.cli.lists import Listing
from flow_runs.cli.session import say, session, stdout
from flow_runs.cli.text import instant, print_json, print_json_list
from flow_runs.cli.times import seconds_from, time_or_ahead_from
from flow_runs.keys import ApiKeyInfo

_OVERLAPS: Final = "0s", "30d"
_EXAMPLES: Final = """Examples:

flow-runs keys create agents --scope runner --expires 90d

flow-runs keys rotate 6f1f… --overlap 2h"""


def _end(key: ApiKeyInfo) -> str:
    """Return when a key ends, marked if that is soon, and if another key takes its place."""
    marks = " (soon)" * key.ends_soon + " (rotated)" * (key.successor_id is not None)
    return (instant(key.expires_at) or "never") + marks


class Scope(StrEnum):
    """What a key may do."""

    ADMIN = "admin"
    USER = "user"
    READ = "read"
    RUNNER = "runner"


KEYS: Final[Listing[ApiKeyInfo]] = Listing(
    "No API keys.",
    {
        "ID": lambda key: key.id,
        "NAME": lambda key: key.name,
        "SCOPE": lambda key: key.scope,
        "PROJECTS": lambda key: "all" if key.projects is None else len(key.projects),
        "BEGINNING": lambda key: key.beginning,
        "OWNER": lambda key: key.owner,
        "MADE BY": lambda key: key.made_by,
        "USED": lambda key: instant(key.used) or "never",
        "ENDS": _end,
    },
    lambda key, column: "yellow" if key.ends_soon and column == "ENDS" else "",
)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def list_keys(context: typer.Context, *, json: AsJson = False) -> None:
    """List API keys and API tokens, the newest first, by their first characters.

    PROJECTS is how many projects a key is limited to; --json has their ids, and the successor of a key that
    was rotated.
    """
    with session(context).client() as client:
        found = client.list_api_keys()
    if json:
        print_json_list(found)
        return
    KEYS.show(stdout(), found)
    if ending := [key for key in found if key.ends_soon and key.successor_id is None]:
        one = len(ending) == 1
        say(
            f"{len(ending)} {'key ends' if one else 'keys end'} within two weeks: flow-runs keys rotate "
            f"{ending[0].id if one else 'ID'}"
        )


def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The key's name.", show_default=False)],
    *,
    scope: Annotated[Scope, typer.Option(help="What it may do.")] = Scope.USER,
    project: Annotated[
        list[str] | None, typer.Option("--project", "-p", help="Only in this project; repeatable.")
    ] = None,
    owner: Annotated[str | None, typer.Option(help="Who answers for it.")] = None,
    expires: Annotated[
        str | None, typer.Option(help="When it ends: a time, or a span such as 90d from now.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Make an API key, and print it. It cannot be shown again."""
    end = time_or_ahead_from(expires, "--expires", datetime.now(UTC))
    with session(context).client() as client:
        made = client.create_api_key(
            name, scope=scope.value, projects=project or None, owner=owner, expires_at=end
        )
    if json:
        print_json(made)
        return
    typer.echo(made.key)
    say(f"API key {made.id}. It is shown only now.")


def rotate(
    context: typer.Context,
    key_id: Annotated[
        str | None, typer.Argument(help="The key; the one of this command if not given.", show_default=False)
    ] = None,
    *,
    overlap: Annotated[
        str | None, typer.Option(metavar="SPAN", help="How long it stays valid: 0, 2h, 7d. Default: 1d.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="An idempotency key, under which the command can be repeated.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Give a key a successor, and print that. The key itself ends after the overlap."""
    seconds = seconds_from(overlap, "--overlap", _OVERLAPS)
    with session(context).client() as client:
        rotated = client.rotate_api_key(key_id, overlap=seconds, idempotency_key=key)
    if json:
        print_json(rotated)
        return
    typer.echo(rotated.key)
    say(
        f"API key {rotated.id}, ends {instant(rotated.expires_at) or 'never'}. The former one ends "
        f"{instant(rotated.former_expires_at)}."
    )


def delete(
    context: typer.Context,
    key_id: Annotated[str, typer.Argument(help="The key.", show_default=False)],
) -> None:
    """Delete an API key or token, which is invalid at once."""
    with session(context).client() as client:
        client.delete_api_key(key_id)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    group = typer.Typer(
        no_args_is_help=True, help="List, make, rotate and delete API keys.", epilog=_EXAMPLES
    )
    group.command("list")(list_keys)
    group.command("create")(create)
    group.command("rotate")(rotate)
    group.command("delete")(delete)
    app.add_typer(group, name="keys")
