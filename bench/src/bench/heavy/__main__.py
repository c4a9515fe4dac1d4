"""Seconds of CPU of heavy requests, of honest clients and of attacks. None may take more than a second.

The handler works as deployed, on dynoxide. The figures are of this process alone, with all its threads and
one processor. A loop of Python beside each request tells how fast the machine is just then, because other
work slows it down. So the figures are those of a machine on which the loop takes a tenth of a second: the
slowest one that was measured on.
"""

import argparse
import base64
import gc
import gzip
import json
import os
import sys
from contextlib import redirect_stdout
from pathlib import Path
from time import process_time
from typing import Any, Final

import wiring
from bench import report
from bench.handler_cpu.timing import progress
from bench.heavy.requests import Heavy, heavy_requests
from bench.heavy.worlds import Worlds
from bench.invocation import Invocation
from bench.local_table import dynoxide_client
from handlers import http_api
from handlers.http import log as http_log
from handlers.http.response import ProxyResponse

MOST_SECONDS: Final = 1.0
LOOP_SECONDS: Final = 0.1
_TURNS: Final = 300_000


def measure(options: argparse.Namespace) -> report.Report:
    """Send each request some times, and take the least of each figure."""
    os.environ["POWERTOOLS_LOG_LEVEL"] = "INFO"
    nowhere = Path(os.devnull).open("w")  # noqa: SIM115 - as long as the process lives
    with redirect_stdout(nowhere):
        http_log.logger()
    wanted = [heavy for heavy in heavy_requests() if options.only in heavy.name]
    with dynoxide_client() as client:
        worlds = Worlds(client)
        rows = [_row(worlds, heavy, options.rounds) for heavy in wanted]
    progress("")
    table = report.Table(
        "Seconds of CPU of heavy requests",
        ("request", "", "here", "scaled", "bytes of the response"),
        rows,
        (
            "scaled: of a machine on which a loop of Python takes a tenth of a second;",
            "refused: an attack that the budget of work, or the size of its response, has ended.",
        ),
    )
    goals = [report.Goal(str(row[0]), float(str(row[3])), MOST_SECONDS, "s") for row in rows]
    return report.Report("bench-heavy", [table], goals)


def _row(worlds: Worlds, heavy: Heavy, rounds: int) -> tuple[str, str, float, float, int]:
    """Return a request's name, how it ended, its seconds here and scaled, and the size of its response."""
    progress(heavy.name)
    event = heavy.make(worlds)
    _serve(worlds.app(heavy.tenant))
    taken, loop = [], []
    response: dict[str, Any] = {}
    size = 0
    for _ in range(rounds):
        gc.collect()
        loop.append(_loop())
        began = process_time()
        sent = http_api.handler(event, Invocation())
        taken.append(process_time() - began)
        body = _body(sent)
        response, size = json.loads(body), len(body)
    errors = response.get("errors")
    if errors and heavy.is_honest:
        raise SystemExit(f"{heavy.name} was refused: {errors[0]['message']}")
    least = min(taken)
    return heavy.name, "refused" if errors else "", least, least / min(loop) * LOOP_SECONDS, size


def _serve(app: wiring.App) -> None:
    wiring.app = lambda: app  # type: ignore[assignment]


def _loop() -> float:
    """Return the seconds of CPU of a loop that makes objects, as requests do."""
    began = process_time()
    made: dict[int, tuple[int, str]] = {}
    for number in range(_TURNS):
        made[number % 1_000] = (number, str(number))
    return process_time() - began


def _body(response: ProxyResponse) -> bytes:
    body = response["body"].encode()
    if not response["isBase64Encoded"]:
        return body
    return gzip.decompress(base64.b64decode(body))


def main() -> int:
    """Measure with the options of the command line, and return the exit code."""
    parser = argparse.ArgumentParser(prog="make bench-heavy", description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=5, metavar="N", help="times that each is sent (%(default)s)"
    )
    parser.add_argument("--only", default="", metavar="TEXT", help="those with this text in their names")
    if hasattr(os, "sched_setaffinity"):  # a function of 1,024 MB has no more than one processor either
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    return report.run(measure, parser)


if __name__ == "__main__":
    sys.exit(main())
