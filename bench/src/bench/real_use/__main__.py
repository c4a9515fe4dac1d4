"""The reads of real clients in a tenant that has been in use for a year: answered, right, and cheap.

Every read of the released clients, of our own client, and of public scripts is sent to the handler, on a
small table and on one of `--runs` runs that is alike. Each response is compared with a plain evaluation over
the generated objects. Exits 1 if a document is refused, wrong, or dearer than its response explains.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Final

from bench.real_use.documents.every import DOCUMENTS
from bench.real_use.measuring import MAX_UNITS, TIME_TOLERANCE, UNITS_BESIDE_ROWS, Line, lines, percentile
from bench.real_use.service import without_log
from bench.real_use.tenants import Scale, filled_tenants
from bench.report import Goal, Report, Table, run

SMALL: Final = 1_000


def table(title: str, found: Sequence[Line], sizes: Sequence[int]) -> Table:
    """Return the table of documents with their costs at each size, and the goals that they miss."""
    kinds = ("calls", "RCU", "ms")
    columns = [f"{size:,}: {kind}" if kind == "calls" else kind for size in sizes for kind in kinds]
    rows = [
        [
            line.document.name,
            line.worst.verdict,
            line.samples[-1].rows,
            *(cell for one in line.samples for cell in (one.calls, one.units, one.milliseconds)),
            ", ".join(line.missed),
        ]
        for line in found
    ]
    notes = [
        "ms: of CPU of the handler, the median of all rounds; a document that fails is sent once.",
        f"units: more than {MAX_UNITS} RCU, and than {UNITS_BESIDE_ROWS} and 1 a row, or 0.5 an item shown.",
        f"time: more than {TIME_TOLERANCE} times that of {sizes[0]:,} runs, for the same number of rows.",
    ]
    return Table(title, ["document", "", "rows", *columns, "missed"], rows, notes)


def reasons(found: Sequence[Line]) -> Table:
    """Return the table of the documents that are refused, wrong or answered in part, with the reasons."""
    failed = [line for line in found if line.worst.verdict != "answered"]
    rows = [[line.document.name, line.worst.reason] for line in failed]
    return Table("Refused, wrong, or in part", ["document", "reason"], rows)


def waiting(found: Sequence[Line], sizes: Sequence[int]) -> Table:
    """Return the table of how long clients wait for all responses."""
    rows = [_waited(found, sizes, part) for part in (0.5, 0.95)]
    notes = ["Each round sends a document to all tables in turn. Those that are not answered are left out."]
    columns = ["milliseconds", *(f"{size:,}" for size in sizes), "times"]
    return Table("How long a client waits for the responses to all documents", columns, rows, notes)


def _waited(found: Sequence[Line], sizes: Sequence[int], part: float) -> list[str | float]:
    times = [percentile(found, table, part) for table in range(len(sizes))]
    return [f"p{part * 100:.0f}", *times, times[-1] / times[0] if times[0] else 0.0]


def goals(found: Sequence[Line]) -> list[Goal]:
    """Return the goals: no document is refused, wrong, incomplete, dear or slower with more runs."""
    names = {
        "refused": "documents that are refused",
        "WRONG": "documents that are answered wrongly",
        "in part": "documents whose responses leave rows out, and say so",
        "units": f"documents above {MAX_UNITS} RCU, or what their responses show and 10",
        "time": f"documents more than {TIME_TOLERANCE} times as slow as with {SMALL:,} runs",
    }
    return [Goal(name, sum(kind in line.missed for line in found), 0) for kind, name in names.items()]


def measure(options: argparse.Namespace) -> Report:
    """Fill the tables and send the documents."""
    sizes = sorted({SMALL, options.runs})
    wanted = [document for document in DOCUMENTS if options.only in document.name]
    print(f"filling tables of {' and '.join(f'{size:,}' for size in sizes)} runs ...", file=sys.stderr)
    with without_log(), filled_tenants(Scale(options.flows, options.versions), sizes) as tenants:
        print(f"sending {len(wanted)} documents ...", file=sys.stderr)
        found = lines(tenants, wanted, options.rounds)
    title = f"Documents of real clients, in a tenant with {options.flows * options.versions:,} flow versions"
    tables = [table(title, found, sizes), waiting(found, sizes), reasons(found)]
    return Report("bench-real-use", tables, goals(found))


def main() -> int:
    """Measure with the options of the command line, and return the exit code."""
    parser = argparse.ArgumentParser(prog="make bench-real-use", description=__doc__)
    parser.add_argument("--runs", type=int, default=20_000, help="number of stored runs (%(default)s)")
    parser.add_argument("--flows", type=int, default=Scale().flows, help="number of flows (%(default)s)")
    parser.add_argument(
        "--versions", type=int, default=Scale().versions, help="versions of each flow (%(default)s)"
    )
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each document (%(default)s)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only documents with this in their names")
    return run(measure, parser)


if __name__ == "__main__":
    sys.exit(main())
