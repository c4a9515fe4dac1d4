"""`flow-runs set-states`, `cancel` and `delete`: changes of all runs that options choose, or of one."""

from functools import partial
from typing import Annotated

import typer

from flow_runs.cli import run_options as options
from flow_runs.cli.many import Asked, change_many
from flow_runs.cli.session import session, stdout

_EXAMPLES = """Examples:

flow-runs {0} --flow Nightly --since 2d --dry-run

flow-runs {0} --project Tests --state Scheduled --yes

Each run is changed by itself, so the same command may be given again after it was cut off."""


def cancel(
    context: typer.Context,
    run: options.OneRun = None,
    *,
    flow: options.Flow = None,
    project: options.Project = None,
    state: options.State = None,
    label: options.Label = None,
    name: options.Name = None,
    since: options.Since = None,
    until: options.Until = None,
    where: options.Filter = None,
    everything: options.All = False,
    message: options.Message = None,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    go_on: options.GoOn = None,
    json: options.Json = False,
) -> None:
    """Cancel a run and print its state; or cancel all runs that options choose.

    The state is Cancelled, or Cancelling until the agent of the run confirms. Runs that have ended stay as
    they are.
    """
    choice = options.Choice(
        flow=flow,
        project=project,
        state=state,
        label=label,
        name=name,
        since=since,
        until=until,
        where=where,
        everything=everything,
    )
    asked = Asked(
        done="cancelled", dry_run=dry_run, yes=yes, go_on=go_on, json=json, is_fixed=choice.is_fixed
    )
    if run is not None:
        _refuse_options(choice, asked, message)
        with session(context).client() as client:
            stdout().print(client.cancel_flow_run(run), markup=False, soft_wrap=True)
        return
    conditions = choice.conditions()
    with session(context).client() as client:
        act = partial(client.cancel_flow_runs, conditions, everything=everything, message=message)
        change_many(lambda portions: act(portions=portions), asked)


def delete(
    context: typer.Context,
    run: options.OneRun = None,
    *,
    flow: options.Flow = None,
    project: options.Project = None,
    state: options.State = None,
    label: options.Label = None,
    name: options.Name = None,
    since: options.Since = None,
    until: options.Until = None,
    where: options.Filter = None,
    everything: options.All = False,
    live: Annotated[bool, typer.Option("--live", help="Also those that have begun and not ended.")] = False,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    go_on: options.GoOn = None,
    json: options.Json = False,
) -> None:
    """Delete a run with its history, for good; or all runs that options choose."""
    choice = options.Choice(
        flow=flow,
        project=project,
        state=state,
        label=label,
        name=name,
        since=since,
        until=until,
        where=where,
        everything=everything,
    )
    asked = Asked(done="deleted", dry_run=dry_run, yes=yes, go_on=go_on, json=json, is_fixed=choice.is_fixed)
    if run is not None:
        _refuse_options(choice, asked)
        with session(context).client() as client:
            client.delete_flow_run(run)
        stdout().print("Deleted.")
        return
    conditions = choice.conditions()
    with session(context).client() as client:
        act = partial(client.delete_flow_runs, conditions, everything=everything, live=live)
        change_many(lambda portions: act(portions=portions), asked)


def set_states(
    context: typer.Context,
    wanted: Annotated[
        str,
        typer.Argument(
            metavar="STATE",
            help="Scheduled, Paused, Success, Failed, Cancelled or Skipped.",
            show_default=False,
        ),
    ],
    *,
    flow: options.Flow = None,
    project: options.Project = None,
    state: options.State = None,
    label: options.Label = None,
    name: options.Name = None,
    since: options.Since = None,
    until: options.Until = None,
    where: options.Filter = None,
    everything: options.All = False,
    message: options.Message = None,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    go_on: options.GoOn = None,
    json: options.Json = False,
) -> None:
    """Set the state of all runs that options choose.

    A run that changes meanwhile is left as it is, and told. Scheduled runs are due at once.
    """
    choice = options.Choice(
        flow=flow,
        project=project,
        state=state,
        label=label,
        name=name,
        since=since,
        until=until,
        where=where,
        everything=everything,
    )
    conditions = choice.conditions()
    asked = Asked(
        done=f"set {wanted}", dry_run=dry_run, yes=yes, go_on=go_on, json=json, is_fixed=choice.is_fixed
    )
    with session(context).client() as client:
        act = partial(
            client.set_state_of_flow_runs, wanted, conditions, everything=everything, message=message
        )
        change_many(lambda portions: act(portions=portions), asked)


def _refuse_options(choice: options.Choice, asked: Asked, message: str | None = None) -> None:
    """Raise BadParameter for options of many runs beside the id of one."""
    if choice.is_given or asked.dry_run or asked.go_on is not None or asked.json or message is not None:
        raise typer.BadParameter("options choose many runs, so give either them or the id of one run.")


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("set-states", epilog=_EXAMPLES.format("set-states Failed"))(set_states)
    app.command(epilog=_EXAMPLES.format("cancel"))(cancel)
    app.command(epilog=_EXAMPLES.format("delete"))(delete)
