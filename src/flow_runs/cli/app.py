"""The root of the command line: global options, the commands, and the end of a command by an error."""

from typing import Annotated, Any

import typer
from rich.text import Text
from typer.core import TyperGroup

from flow_runs.cli import admin, changing, keys, listing, logs, reading, running, schedules, setting_up
from flow_runs.cli.exit_codes import HELP, ExitCode, exit_code_for
from flow_runs.cli.session import session, stderr
from flow_runs.cli.text import one_line
from flow_runs.endpoint import DEFAULT_URL, TENANT_VARIABLE, TOKEN_VARIABLE, URL_VARIABLE
from flow_runs.errors import FlowRunsError
from flow_runs.version import __version__


class Commands(TyperGroup):
    """The commands. Each expected failure is reported in one line on stderr."""

    def invoke(self, ctx: Any) -> Any:
        """Run the given command, and turn its failure into an exit code."""
        try:
            return super().invoke(ctx)
        except FlowRunsError as error:
            code, message = exit_code_for(error), error.message
            if error.maybe_done:
                message += " It may have been carried out all the same."
        except KeyboardInterrupt:
            code, message = ExitCode.INTERRUPTED, "interrupted"
        stderr().print(Text(f"Error: {one_line(message)}", style="red"), soft_wrap=True)
        raise typer.Exit(code)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=HELP,
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"flow-runs {__version__}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    *,
    url: Annotated[
        str | None,
        typer.Option(envvar=URL_VARIABLE, help=f"Address of the service. Default: {DEFAULT_URL}"),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(
            envvar=TOKEN_VARIABLE,
            help="Bearer token. Better set it in the environment, because lists of processes show options.",
        ),
    ] = None,
    tenant: Annotated[
        str | None,
        typer.Option(
            envvar=TENANT_VARIABLE,
            metavar="ID",
            help="The tenant, if not the first of the token's.",
        ),
    ] = None,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Create, watch and change flow runs.

    Each command has its own help: flow-runs run --help
    """
    current = session(context)
    current.url, current.token, current.tenant_id = url, token, tenant


running.add_to(app)
reading.add_to(app)
logs.add_to(app)
listing.add_to(app)
changing.add_to(app)
setting_up.add_to(app)
schedules.add_to(app)
keys.add_to(app)
admin.add_to(app)
