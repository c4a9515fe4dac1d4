"""The throughput of the local server, beside the server of Prefect 3 at the same jobs.

Both run on this machine, one after the other, with their data on disk in folders that are deleted afterwards.
Prefect 3 runs with its defaults, on SQLite. With the defaults the benchmark takes about five minutes.
"""

import argparse
import sys

from rich.console import Console

from bench import report
from bench.server import jobs
from bench.server.contest import CONTENDERS, Plan, contest
from bench.server.tables import charts, goals, tables


def measure(options: argparse.Namespace) -> report.Report:
    """Measure the chosen servers one after the other."""
    console = Console(stderr=True)
    plan = Plan(
        options.seconds, options.warm_up, options.pause, options.starts, jobs.CONNECTIONS, options.jobs
    )
    chosen = [CONTENDERS[name] for name in CONTENDERS if name in options.servers]
    for contender in chosen:
        contender.check()
    results = [contest(contender, plan, console) for contender in chosen]
    return report.Report(
        "bench-server", tables(results, plan), tuple(goals(results, plan)), charts=charts(results, plan)
    )


def main() -> int:
    """Measure with the options of the command line, and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--seconds", type=_positive, default=4.0, help="for each job and number of connections"
    )
    parser.add_argument("--warm-up", type=_positive, default=1.0, help="seconds before, which do not count")
    parser.add_argument(
        "--pause", type=_positive, default=1.0, help="seconds before a retry, where one is tried"
    )
    parser.add_argument("--starts", type=int, choices=range(1, 11), default=3, help="starts of each kind")
    parser.add_argument(
        "--servers", nargs="+", choices=CONTENDERS, default=list(CONTENDERS), help="servers to measure"
    )
    parser.add_argument(
        "--jobs", nargs="+", choices=jobs.JOBS, default=list(jobs.JOBS), help="jobs to measure"
    )
    try:
        return report.run(measure, parser)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number <= 60:  # noqa: PLR2004 - a minute for each of 36 cells is enough
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds above 0, up to 60")
    return number


if __name__ == "__main__":
    sys.exit(main())
