"""Milliseconds of CPU that a request takes, layer by layer, and what its GraphQL costs in other libraries.

The handler works as deployed, but what it sends to DynamoDB is answered from a recording of dynoxide's bytes:
nothing waits, and nothing but this process is measured. Each layer is timed for itself with the recorded
inputs, one after the other as in a request; the rounds of all requests are interleaved, and medians taken.
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
from bench.handler_cpu.timing import each_by_itself, milliseconds, progress
from bench.handler_cpu.wire import Wire
from bench.handler_cpu.world import fill
from bench.local_table import dynoxide_client
from wiring import Settings


@dataclass(frozen=True, slots=True)
class Measured:
    """One request: milliseconds by layer, calls of DynamoDB, and its instructions if counted."""

    milliseconds: Mapping[str, float]
    calls: int
    millions: float | None = None

    @property
    def rest(self) -> float:
        """Milliseconds of the whole that no layer takes by itself."""
        return self.milliseconds[WHOLE] - sum(self.milliseconds[layer] for layer in LAYERS)


def measure(given: argparse.Namespace) -> report.Report:
    """Record, time the layers, then time the libraries."""
    if given.instructions:
        instructions.check()
    measured = by_layer(given.rounds, count=given.instructions)
    tables = [layers_table(measured)]
    goals: list[report.Goal] = []
    if not given.no_libraries:
        compared, goals = libraries.compare(given.rounds)
        tables.append(compared)
    return report.Report("bench-cpu", tables, goals, charts=_charts(measured))


def _charts(measured: Mapping[str, Measured]) -> list[report.Chart]:
    name = "create_flow_run"
    layers = {layer: measured[name].milliseconds[layer] for layer in LAYERS} | {"rest": measured[name].rest}
    return [report.Chart(f"Where the CPU of {name} goes", "milliseconds", layers)]


def by_layer(rounds: int, *, count: bool = False) -> Mapping[str, Measured]:
    """Record each request, then take its time layer by layer."""
    progress("recording what dynoxide answers")
    wire = Wire(recording=True)
    with dynoxide_client() as client:
        ids = fill(client)
        app = FrozenApp(Settings.from_environment({}), client, ids.now)
        wire.lead()
        serve(app)
        recorded = {case.name: record(app, client, case) for case in cases(ids)}
        wire.recording = False
    cycles = {name: acts(app, client, found) for name, found in recorded.items()}
    # By itself: what it leaves behind would slow whatever comes next.
    unseen = {name: cold(found) for name, found in recorded.items()}
    timed = milliseconds(cycles, rounds, progress)
    unseen_timed = each_by_itself({COLD: unseen}, rounds, progress)
    events = {name: found.event for name, found in recorded.items()}
    requests = instructions.Requests(wire.known, events, ids.now)
    millions = instructions.count(requests, progress) if count else {}
    progress("")
    return {
        name: Measured({**timed[name], COLD: unseen_timed[COLD][name]}, len(found.sent), millions.get(name))
        for name, found in recorded.items()
    }


def layers_table(figures: Mapping[str, Measured]) -> report.Table:
    """The table of requests by layer."""
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
            "dynamodb: all calls of it, without network, one after the other; rest: whole less the",
            "layers: what joins them, and the threads that make calls side by side;",
            f"{COLD}: what comes on top for a document that this process has not seen;",
            "M instr.: millions of instructions of the whole, counted with ARGS=--instructions alone.",
        ),
    )


def main() -> int:
    """Measure as asked on the command line."""
    parser = argparse.ArgumentParser(prog="make bench-cpu", description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=25, metavar="N", help="how often each is timed (%(default)s)"
    )
    parser.add_argument(
        "--instructions", action="store_true", help="count the instructions by valgrind, too: some minutes"
    )
    parser.add_argument("--no-libraries", action="store_true", help="leave out Strawberry and Ariadne")
    try:
        return report.run(measure, parser)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
