"""Milliseconds of CPU that a request takes, layer by layer, and what its GraphQL costs in other libraries.

The handler works as deployed, but what it sends to DynamoDB is answered from a recording of dynoxide's bytes:
nothing waits, and nothing but this process is measured. Each layer is timed for itself with the recorded
inputs; the rounds of all of them are interleaved, and medians taken.
"""

import argparse
import sys
from collections.abc import Mapping

from bench import report
from bench.handler_cpu import libraries
from bench.handler_cpu.clock import FrozenApp
from bench.handler_cpu.documents import cases
from bench.handler_cpu.parts import COLD, LAYERS, WHOLE, acts, record, serve
from bench.handler_cpu.timing import milliseconds, progress
from bench.handler_cpu.wire import Wire
from bench.handler_cpu.world import fill
from bench.local_table import dynoxide_client
from wiring import Settings

Figures = Mapping[str, Mapping[str, float]]


def measure(given: argparse.Namespace) -> report.Report:
    """Record, time the layers, then time the libraries."""
    figures, sent = by_layer(given.rounds)
    tables, goals = [layers_table(figures, sent)], []
    if not given.no_libraries:
        compared, goals = libraries.compare(given.rounds)
        tables.append(compared)
    return report.Report("bench-cpu", tables, goals)


def by_layer(rounds: int) -> tuple[Figures, Mapping[str, int]]:
    """Milliseconds of each request by layer, and how many calls of botocore's it makes."""
    progress("recording what dynoxide answers")
    with dynoxide_client() as client:
        ids = fill(client)
        app = FrozenApp(Settings.from_environment({}), client, ids.now)
        wire = Wire(recording=True)
        wire.lead(client)
        serve(app)
        recorded = {case.name: record(app, client, case) for case in cases(ids)}
        wire.recording = False
    timed = {
        (name, part): act
        for name, found in recorded.items()
        for part, act in acts(app, client, found).items()
    }
    flat = milliseconds(timed, rounds, progress)
    progress("")
    names = list(recorded)
    parts = (WHOLE, *LAYERS, COLD)
    figures = {name: {part: flat[name, part] for part in parts} for name in names}
    return figures, {name: len(found.sent) for name, found in recorded.items()}


def layers_table(figures: Figures, sent: Mapping[str, int]) -> report.Table:
    """The table of requests by layer."""
    rows = []
    for name, found in figures.items():
        rest = found[WHOLE] - sum(found[layer] for layer in LAYERS)
        rows.append((name, sent[name], found[WHOLE], *(found[layer] for layer in LAYERS), rest, found[COLD]))
    return report.Table(
        "Milliseconds of CPU for each request, by layer",
        ("request", "calls", "whole", *LAYERS, "rest", COLD),
        rows,
        (
            "whole: the handler, its documents cached. execute: GraphQL and use cases. storage: items to objects.",
            "botocore: all calls, without network. rest: whole less the layers: what joins them, threads that call",
            "side by side, and caches of the processor, which are warmer for a layer that runs by itself.",
            f"{COLD}: what comes on top for a document that this process has not seen.",
        ),
    )


def main() -> int:
    """Measure as asked on the command line."""
    parser = argparse.ArgumentParser(prog="make bench-cpu", description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=25, metavar="N", help="how often each is timed (%(default)s)"
    )
    parser.add_argument("--no-libraries", action="store_true", help="leave out Strawberry and Ariadne")
    try:
        return report.run(measure, parser)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
