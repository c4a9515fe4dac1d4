"""`flow-runs set-state`, `set-states`, `cancel`, `restart` and `delete`: changes of one run, or of many."""

from functools import partial
from typing import Annotated

import typer

from flow_runs.cli import run_options as options
from flow_runs.cli.inputs import state_from
from flow_runs.cli.many import Asked, change_many
from flow_runs.cli.session import session, stdout

_EXAMPLES = """Examples:

flow-runs set-state 0192f0a5-0000-7000-8000-000000000000 Success --version 3 -m "It worked!"

Exits with 4 when the run is no longer at that version; then nothing was changed."""
_MANY_EXAMPLES = """Examples:

flow-runs {0} --flow Nightly --since 2d --dry-run

flow-runs {0} --project Tests --state Scheduled --yes

Each run is changed by itself, so the same command may be given again after it was cut off."""

_RESTARTS = """Examples:

flow-runs restart 0192f0a5-0000-7000-8000-000000000000

flow-runs restart 0192f0a5-0000-7000-8000-000000000000 --version 5 --key "after the fix"

Exits with 4 when the run is no longer at that version; then nothing was changed."""

Run = Annotated[str, typer.Argument(help="The run's id.", show_default=False)]


def set_state(
    context: typer.Context,
    run: Run,
    state: Annotated[
        str, typer.Argument(help="A state's type, such as Success, or its JSON.", show_default=False)
    ],
    version: Annotated[
        int, typer.Option(min=0, help="The version of the run that you have read.", show_default=False)
    ],
    message: Annotated[str | None, typer.Option("--message", "-m", help="The state's message.")] = None,
) -> None:
    """Set a run's state.

    The state is set only if the run is still at the given version.
    """
    wanted = state_from(state, message)
    with session(context).client() as client:
        now = client.set_flow_run_state(run, version, wanted)
    stdout().print(f"{wanted.type} (version {now})", markup=False, soft_wrap=True)


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


def restart(
    context: typer.Context,
    run: Run,
    version: Annotated[
        int | None, typer.Option(min=0, help="The version of the run that you have read.", show_default=False)
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="The same key restarts the run once.", show_default=False)
    ] = None,
) -> None:
    """Let a run that is over go on from what has failed, and print its state.

    Failed task runs and those that depend on them begin anew. What succeeded is not repeated.
    """
    with session(context).client() as client:
        now = client.restart_flow_run(run, version=version, idempotency_key=key)
    stdout().print(f"Scheduled (version {now})", markup=False, soft_wrap=True)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("set-state", epilog=_EXAMPLES)(set_state)
    app.command("set-states", epilog=_MANY_EXAMPLES.format("set-states Failed"))(set_states)
    app.command(epilog=_MANY_EXAMPLES.format("cancel"))(cancel)
    app.command(epilog=_MANY_EXAMPLES.format("delete"))(delete)
    app.command(epilog=_RESTARTS)(restart)
