"""A change of many runs: a look at how many they are, a question, progress, and what was done."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import typer
from rich.text import Text

from flow_runs.bulk_calls import Portions
from flow_runs.bulk_changes import ChangedRuns
from flow_runs.cli.exit_codes import ExitCode
from flow_runs.cli.session import stderr, stdout
from flow_runs.cli.text import one_line, print_json
from flow_runs.errors import FlowRunsError, RefusedError

_SHOWN_FAILURES = 10
_REASONS = {
    "already_done": "are so already",
    "ended": "have ended",
    "live": "have begun and not ended (--live)",
    "gone": "are deleted",
}

Act = Callable[[Portions], ChangedRuns]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be done with the runs: `done` is the word for it.

    If the options are not `is_fixed`, the same command later is another change.
    """

    done: str
    dry_run: bool
    yes: bool
    go_on: str | None
    json: bool
    is_fixed: bool


def change_many(act: Act, asked: Asked) -> None:
    """Preview a change, ask, carry it out, and show what was done."""
    as_of = None
    if asked.dry_run or asked.go_on is None:
        told = act(Portions(dry_run=True))
        if asked.dry_run and asked.json:
            print_json(told)
            return
        _preview(told, asked)
        if asked.dry_run or not (told.changed or told.continuation):
            if asked.json:
                print_json(told)
            return
        as_of = told.as_of
    _confirm(asked)
    last = ChangedRuns()

    def note(done: ChangedRuns) -> None:
        nonlocal last
        last = done

    try:
        with _progress(asked, note) as on_progress:
            done = act(Portions(as_of=as_of, continuation=asked.go_on, on_progress=on_progress))
    except (KeyboardInterrupt, FlowRunsError) as error:
        # A refusal of the first request has changed nothing.
        if last.matched or not isinstance(error, RefusedError):
            _cut_off(last, asked)
        raise
    _show(done, asked)


def _preview(told: ChangedRuns, asked: Asked) -> None:
    """Say what would be done: on stdout if that is all that was asked for."""
    console = stdout() if asked.dry_run and not asked.json else stderr()
    least = "At least " if told.continuation else ""
    console.print(
        f"{least}{_runs(told.matched)} match: {told.changed:,} would be {asked.done}{_left(told)}.",
        soft_wrap=True,
        markup=False,
    )
    console.print(
        f"{least or 'About '}{told.read_units or 0:,} read units and {told.write_units or 0:,} write units.",
        soft_wrap=True,
        markup=False,
    )


def is_asked() -> bool:
    """Return True if somebody can answer a question."""
    return sys.stdin.isatty()


def _confirm(asked: Asked) -> None:
    if asked.yes:
        return
    if not is_asked():
        raise typer.BadParameter("nobody can be asked here, so give it, or --dry-run.", param_hint="--yes")
    if not typer.confirm("Go on?", err=True):
        stderr().print("Nothing was changed.")
        raise typer.Exit(ExitCode.OK)


@contextmanager
def _progress(asked: Asked, note: Callable[[ChangedRuns], None]) -> Iterator[Callable[[ChangedRuns], None]]:
    """Provide a function that shows how far a change has come: a live line on a terminal."""
    console = stderr()
    if not console.is_terminal:
        yield note
        return
    with console.status("Beginning") as status:

        def show(done: ChangedRuns) -> None:
            note(done)
            status.update(Text(f"{_runs(done.changed)} {asked.done}"))

        yield show


def _cut_off(last: ChangedRuns, asked: Asked) -> None:
    """Say how far a change came, and how it goes on."""
    console = stderr()
    console.print(
        f"Stopped: {_runs(last.changed)} {asked.done}{_left(last)}, and perhaps some more.",
        soft_wrap=True,
        markup=False,
    )
    leads_on = (last.continuation or asked.go_on) if asked.is_fixed else None
    with_option = f" and --continue {leads_on}" if leads_on else ""
    console.print(f"It goes on with the same command{with_option}.", soft_wrap=True, markup=False)


def _show(done: ChangedRuns, asked: Asked) -> None:
    if asked.json:
        print_json(done)
    else:
        stdout().print(f"{_runs(done.changed)} {asked.done}{_left(done)}.", soft_wrap=True, markup=False)
    console = stderr()
    for failure in done.failed[:_SHOWN_FAILURES]:
        line = f"{failure.flow_run_id}: {failure.code}: {failure.message}"
        console.print(Text(one_line(line), style="red"), soft_wrap=True, markup=False)
    if done.failed:
        console.print(f"{_runs(len(done.failed))} could not be changed.", soft_wrap=True, markup=False)
        is_conflict = all(failure.code == "VERSION_LOCKING_ERROR" for failure in done.failed)
        raise typer.Exit(ExitCode.CONFLICT if is_conflict else ExitCode.SERVICE)


def _left(told: ChangedRuns) -> str:
    """Return how many runs are left as they are, and why."""
    parts = [f"{count:,} {_REASONS.get(reason, one_line(reason))}" for reason, count in told.skipped.items()]
    return f"; {', '.join(parts)}" if parts else ""


def _runs(count: int) -> str:
    return f"{count:,} {'run' if count == 1 else 'runs'}"
