"""All benchmarks, one after another, each in a process of its own; then one table of all goals.

Exits 1 when a goal is missed or a benchmark fails, and 130 after Ctrl-C; what was found by then is written.
"""

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

from rich.console import Console

from bench.children import BENCHMARKS, Outcome, follow
from bench.report import WIDTH, show, write_json
from bench.summary import document, goals_table, holds, markdown


def main() -> int:
    """Run what was asked for, print and write it; answers the exit code."""
    given = parse()
    console = Console(stderr=True)
    # As Ctrl-C: the child at work is told to stop, and what was found is written.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    outcomes: list[Outcome] = []
    stopped = False
    try:
        chosen = [each for each in BENCHMARKS if each.name in given.only]
        outcomes.extend(follow(chosen, console))  # one by one: it keeps those before a Ctrl-C
    except KeyboardInterrupt:
        console.print("Stopped.")
        stopped = True
    publish(outcomes, given)
    return 130 if stopped else 0 if holds(outcomes) else 1


def interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Take a wish to end for Ctrl-C."""
    raise KeyboardInterrupt


def parse() -> argparse.Namespace:
    """Read the options."""
    names = [each.name for each in BENCHMARKS]
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=names, default=names, metavar="NAME", help=f"some of: {', '.join(names)}"
    )
    parser.add_argument(
        "--json",
        type=Path,
        default=Path(".cache/bench.json"),
        metavar="FILE",
        help="where the figures go (%(default)s)",
    )
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables to this file, too")
    return parser.parse_args()


def publish(outcomes: list[Outcome], given: argparse.Namespace) -> None:
    """Print every table and all goals; write the files."""
    console = Console(width=WIDTH)
    for outcome in outcomes:
        if outcome.report:
            show(outcome.report, console)
    console.print(goals_table(outcomes))
    write_json(given.json, document(outcomes))
    if given.markdown:
        given.markdown.parent.mkdir(parents=True, exist_ok=True)
        given.markdown.write_text(markdown(outcomes), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
