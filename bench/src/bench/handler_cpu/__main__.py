"""Milliseconds of CPU of a request, layer by layer, and of its GraphQL in other libraries.

The handler works as deployed, but its calls of DynamoDB get recorded responses of dynoxide, byte for byte:
nothing waits, and only this process is measured. Each layer is timed alone with its recorded inputs, one
after the other as in a request. The rounds of all requests are interleaved, and the medians are taken.
"""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from bench import report
from bench.handler_cpu import instructions, libraries
from bench.handler_cpu.clock import FrozenApp
from bench.handler_cpu.documents import cases
from bench.handler_cpu.parts import COLD, LAYERS, WHOLE, acts, cold, record, serve
from bench.handler_cpu.timing import each_alone, milliseconds, progress
from bench.handler_cpu.wire import Wire
from bench.handler_cpu.world import fill
from bench.local_table import dynoxide_client
from wiring import Settings


@dataclass(frozen=True, slots=True)
class Measured:
    """One request: its milliseconds by layer, its calls of DynamoDB, and its instructions if counted."""

    milliseconds: Mapping[str, float]
    calls: int
    millions: float | None = None

    @property
    def rest(self) -> float:
        """Milliseconds of the whole request beyond those of its layers."""
        return self.milliseconds[WHOLE] - sum(self.milliseconds[layer] for layer in LAYERS)


def measure(options: argparse.Namespace) -> report.Report:
    """Record the requests, time the layers, then time the libraries."""
    if options.instructions:
        instructions.check()
    measured = by_layer(options.rounds, count=options.instructions)
    tables = [layers_table(measured)]
    goals: list[report.Goal] = []
    if not options.no_libraries:
        compared, goals = libraries.compare(options.rounds)
        tables.append(compared)
    return report.Report("bench-cpu", tables, goals, charts=_charts(measured))


def _charts(measured: Mapping[str, Measured]) -> list[report.Chart]:
    name = "create_flow_run"
    layers = {layer: measured[name].milliseconds[layer] for layer in LAYERS} | {"rest": measured[name].rest}
    return [report.Chart(f"Where the CPU of {name} goes", "milliseconds", layers)]


def by_layer(rounds: int, *, count: bool = False) -> Mapping[str, Measured]:
    """Record each request, then time it layer by layer."""
    progress("recording the responses of dynoxide")
    wire = Wire(is_recording=True)
    with dynoxide_client() as client:
        ids = fill(client)
        app = FrozenApp(Settings.from_environment({}), client, ids.now)
        wire.install()
        serve(app)
        recorded = {case.name: record(app, client, case) for case in cases(ids)}
        wire.is_recording = False
    cycles = {name: acts(app, client, found) for name, found in recorded.items()}
    # Time it separately, because its garbage would slow the next act.
    unseen = {name: cold(found) for name, found in recorded.items()}
    timed = milliseconds(cycles, rounds, progress)
    unseen_timed = each_alone({COLD: unseen}, rounds, progress)
    events = {name: found.event for name, found in recorded.items()}
    requests = instructions.Requests(wire.known, events, ids.now)
    millions = instructions.count(requests, progress) if count else {}
    progress("")
    return {
        name: Measured(
            {**timed[name], COLD: unseen_timed[COLD][name]}, len(request.client_calls), millions.get(name)
        )
        for name, request in recorded.items()
    }


def layers_table(figures: Mapping[str, Measured]) -> report.Table:
    """Return the table of requests by layer."""
    rows = [
        (
            name,
            found.calls,
            found.millions,
            *(found.milliseconds[part] for part in (WHOLE, *LAYERS)),
            found.rest,
            found.milliseconds[COLD],
        )
        for name, found in figures.items()
    ]
    return report.Table(
        "Milliseconds of CPU for each request, by layer",
        ("request", "calls", "M instr.", "whole", *LAYERS, "rest", COLD),
        rows,
        (
            "whole: the handler, documents cached; execute: GraphQL and use cases; storage: items, objects;",
            "dynamodb: all its calls, without network, one after the other; rest: whole minus the layers,",
            "which is the code between them and the threads of parallel calls;",
            f"{COLD}: added for a document that this process has not seen before;",
            "M instr.: millions of instructions of the whole, counted only with ARGS=--instructions.",
        ),
    )


def main() -> int:
    """Measure with the options of the command line, and return the exit code."""
    parser = argparse.ArgumentParser(prog="make bench-cpu", description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=25, metavar="N", help="repetitions of each measurement (%(default)s)"
    )
    parser.add_argument(
        "--instructions", action="store_true", help="also count instructions by valgrind, in minutes"
    )
    parser.add_argument("--no-libraries", action="store_true", help="leave out Strawberry and Ariadne")
    try:
        return report.run(measure, parser)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
