"""All benchmarks, one after another, each in a process of its own; then one table of all goals.

Exits 1 when a goal is missed or a benchmark fails, and 130 after Ctrl-C; the reports until then are written.
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
    """Run the chosen benchmarks, print and write their reports, and return the exit code."""
    options = parse()
    console = Console(stderr=True)
    # Handle these as Ctrl-C: stop the running benchmark, and write the reports until then.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    outcomes: list[Outcome] = []
    stopped = False
    try:
        chosen = [benchmark for benchmark in BENCHMARKS if benchmark.name in options.only]
        outcomes.extend(follow(chosen, console))  # one by one, so that Ctrl-C keeps the earlier ones
    except KeyboardInterrupt:
        console.print("Stopped.")
        stopped = True
    publish(outcomes, options)
    return 130 if stopped else 0 if holds(outcomes) else 1


def interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Raise KeyboardInterrupt, as Ctrl-C does."""
    raise KeyboardInterrupt


def parse() -> argparse.Namespace:
    """Return the options of the command line."""
    names = [benchmark.name for benchmark in BENCHMARKS]
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=names, default=names, metavar="NAME", help=f"some of: {', '.join(names)}"
    )
    parser.add_argument(
        "--json",
        type=Path,
        default=Path(".cache/bench.json"),
        metavar="FILE",
        help="write the figures to this file (%(default)s)",
    )
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables to this file, too")
    return parser.parse_args()


def publish(outcomes: list[Outcome], options: argparse.Namespace) -> None:
    """Print every table and all goals, and write the files."""
    console = Console(width=WIDTH)
    for outcome in outcomes:
        if outcome.report:
            show(outcome.report, console)
    console.print(goals_table(outcomes))
    write_json(options.json, document(outcomes))
    if options.markdown:
        options.markdown.parent.mkdir(parents=True, exist_ok=True)
        options.markdown.write_text(markdown(outcomes), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
