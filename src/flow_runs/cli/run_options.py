"""The options that choose runs, which commands of many runs share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from flow_runs.cli.inputs import json_of
from flow_runs.cli.times import is_relative, time_or_ago_from
from flow_runs.run_filters import RunFilter

OneRun = Annotated[
    str | None,
    typer.Argument(help="The run's id; without it, options choose the runs.", show_default=False),
]
Flow = Annotated[str | None, typer.Option(help="Only of this flow's name.")]
Project = Annotated[str | None, typer.Option("--project", "-p", help="Only of this project's name.")]
State = Annotated[str | None, typer.Option(help="Only in this state, such as Running.")]
Label = Annotated[
    list[str] | None, typer.Option(help="Only with this label; with all of them if given often.")
]
Name = Annotated[str | None, typer.Option("--name", "-n", help="Only runs of this name.")]
Since = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="Only created then or later: ISO 8601, without an offset UTC; or 15m, 2h, 3d ago.",
    ),
]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Only created then or earlier.")]
Filter = Annotated[
    str | None,
    typer.Option("--where", metavar="JSON", help="Only those that this flow_run_bool_exp lets through."),
]
All = Annotated[bool, typer.Option("--all", help="All runs; cannot be given with a filter.")]
Message = Annotated[str | None, typer.Option("--message", "-m", help="The message of their states.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only count them, and estimate the cost.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before.")]
GoOn = Annotated[
    str | None,
    typer.Option("--continue", metavar="TEXT", help="Go on where this command, with the same options, was."),
]
Json = Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The runs that the options choose."""

    flow: str | None
    project: str | None
    state: str | None
    label: list[str] | None
    name: str | None
    since: str | None
    until: str | None
    where: str | None
    everything: bool

    def conditions(self) -> Mapping[str, Any] | None:
        """Return the filter; None if all runs are meant."""
        now = datetime.now(UTC)
        of_options = RunFilter(
            flow=self.flow,
            project=self.project,
            state=self.state,
            label=self.label,
            name=self.name,
            since=time_or_ago_from(self.since, "--since", now),
            until=time_or_ago_from(self.until, "--until", now),
        ).where()
        given = None if self.where is None else json_of(self.where, "--where")
        parts = [part for part in (of_options or None, given) if part is not None]
        if self.everything and parts:
            raise typer.BadParameter("it cannot be given with a filter.", param_hint="--all")
        if not self.everything and not parts:
            raise typer.BadParameter("give the id of a run, a filter such as --flow, or --all.")
        if self.everything:
            return None
        return parts[0] if len(parts) == 1 else {"_and": parts}

    @property
    def is_given(self) -> bool:
        """True if any of the options is given."""
        of_flow = (self.flow, self.project)
        given = (*of_flow, self.state, self.label, self.name, self.since, self.until, self.where)
        return self.everything or any(value is not None and value != [] for value in given)

    @property
    def is_fixed(self) -> bool:
        """False if the same options choose other runs later, because a time is relative."""
        return not any(text is not None and is_relative(text) for text in (self.since, self.until))
