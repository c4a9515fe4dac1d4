"""`flow-runs schedule clear-late`: late runs are closed as skipped."""

from typing import Annotated, Final

import typer

from flow_runs.cli.schedule_occurrences import AnyFlow
from flow_runs.cli.schedule_options import LATE
from flow_runs.cli.session import session, stdout
from flow_runs.cli.text import print_json
from flow_runs.cli.times import seconds_from

_LATE: Final = "0s", LATE[1]
_EXAMPLES: Final = """Examples:

flow-runs schedule clear-late --project Reports --late-after 1h --dry-run"""


def clear_late(
    context: typer.Context,
    flow: AnyFlow = None,
    project: Annotated[
        str | None,
        typer.Option("--project", "-p", help="The flow's project; without a flow, all flows of the project."),
    ] = None,
    *,
    late_after: Annotated[
        str, typer.Option(metavar="SPAN", help="Only runs that are due for so long: 15m, 2h, 3d.")
    ] = "0",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count them.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the count as JSON.")] = False,
) -> None:
    """Close late runs as skipped.

    Late are runs of schedules that are due, and that no agent has begun. Look with --dry-run first.
    """
    if flow is None and project is None:
        raise typer.BadParameter("give a flow or --project.", param_hint="FLOW")
    seconds = seconds_from(late_after, "--late-after", _LATE) or 0
    with session(context).client() as client:
        group_id = None if flow is None else client.find_flow_group(flow, project)
        found = client.clear_late_runs(
            group_id, project=project if flow is None else None, late_after=seconds, dry_run=dry_run
        )
    if json:
        print_json(found)
        return
    more = "More than " if found.left else ""
    one = found.count == 1 and not more
    stdout().print(
        f"{more}{found.count:,} late {'run' if one else 'runs'} {'found' if dry_run else 'closed'}."
    )


def add_to(group: typer.Typer) -> None:
    """Register the command."""
    group.command("clear-late", epilog=_EXAMPLES)(clear_late)
