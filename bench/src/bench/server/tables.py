"""The results of the two servers as tables, and the goals of our server."""

from collections.abc import Iterator, Sequence

from bench.report import Cell as Shown
from bench.report import Chart, Goal, Table
from bench.server import jobs
from bench.server.contest import Plan, Result
from bench.server.jobs import Cell

_TIMES_ALONE, _TIMES_CROWDED = 5, 10
_MEMORY_SHARE, _START_SHARE = 1 / 4, 1 / 10


def tables(results: Sequence[Result], plan: Plan) -> list[Table]:
    """Return the tables of all results."""
    return [_throughput(results, plan), _footprint(results), _races(results)]


def charts(results: Sequence[Result], plan: Plan) -> list[Chart]:
    """Return the throughput of the first server over the last one's, for each number of connections."""
    if len(results) < 2:  # noqa: PLR2004
        return []
    first, last = results[0].cells, results[-1].cells
    found = []
    for connections in plan.connections:
        rates = {name: (first[name, connections].rate, last[name, connections].rate) for name in plan.jobs}
        bars = {name: ratio(ours, theirs) for name, (ours, theirs) in rates.items() if theirs}
        title = f"Requests a second at {connections} connections"
        found.append(Chart(title, f"times {results[-1].name}", bars))
    return found


def _throughput(results: Sequence[Result], plan: Plan) -> Table:
    columns = [
        "job",
        "connections",
        "server",
        "a second",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "failed",
        "how",
        "times",
    ]
    rows = []
    for name in plan.jobs:
        for connections in plan.connections:
            cells = [result.cells[name, connections] for result in results]
            for result, cell in zip(results, cells, strict=True):
                first = cell is cells[0]
                times = ratio(cells[0].rate, cells[-1].rate) if first and len(cells) > 1 else None
                kinds = [f"{kind}: {count}" for kind, count in cell.errors.items()]
                how = ", ".join(filter(None, [*kinds, cell.other]))
                figures: list[Shown] = [cell.rate, cell.p50, cell.p95, cell.p99, cell.failed, how]
                place: list[Shown] = [name, connections] if first else ["", ""]
                rows.append([*place, result.name, *figures, times])
    notes = (
        f"{plan.seconds:g} s each after {plan.warm_up:g} s of warm-up. Only good responses count.",
        "A job that fails is measured twice, with retries at once and after a pause; the better one counts.",
        f"{jobs.STORED:,} runs are stored at the start, and {jobs.DUE} due runs in the queue.",
        "Changes of state have a version here; Prefect 3 has no versions.",
        "Both have the same load generator on the same machine, with prepared requests.",
    )
    return Table("Throughput", columns, rows, notes)


def _footprint(results: Sequence[Result]) -> Table:
    columns = [
        "server",
        "start, new folder, s",
        "start, existing, s",
        "memory, idle, MB",
        "after the load, MB",
    ]
    rows: list[list[Shown]] = [
        [server.name, server.start_new, server.start_again, server.memory_idle, server.memory_loaded]
        for server in results
    ]
    notes = (
        "Until the first response; resident memory of all processes, the emulator of DynamoDB included.",
    )
    return Table("Start and memory", columns, rows, notes)


def _races(results: Sequence[Result]) -> Table:
    columns = ["two at once", "server", "pairs", "both accepted", "one accepted", "none"]
    rows: list[list[Shown]] = [
        [name, result.name, counts.total(), counts[2], counts[1], counts[0]]
        for name in results[0].races
        for result in results
        for counts in [result.races[name]]
    ]
    notes = ("Each pair changes one run over two connections at the same time, from the same known version.",)
    return Table("What a change of state guarantees", columns, rows, notes)


def goals(results: Sequence[Result], plan: Plan) -> Iterator[Goal]:
    """Yield the goals. A comparison with a server that was left out has no figure."""
    ours, theirs = results[0], results[-1] if len(results) > 1 else None
    for connections in plan.connections:
        alone = connections == 1
        names = (jobs.CREATE, jobs.SET_STATE, jobs.READ) if alone else jobs.WRITES
        for name in names:
            times = None
            if theirs and name in plan.jobs:
                times = ratio(ours.cells[name, connections].rate, theirs.cells[name, connections].rate)
            bound = _TIMES_ALONE if alone else _TIMES_CROWDED
            yield Goal(f"{name}, {connections} connections", times, bound, "times Prefect 3", at_least=True)
    yield Goal("failed requests, all cells", _failed(list(ours.cells.values())), 0)
    yield Goal(
        "memory after the load",
        ours.memory_loaded / theirs.memory_loaded if theirs else None,
        _MEMORY_SHARE,
        "of Prefect 3",
    )
    for what, own, other in (
        ("start on a new folder", ours.start_new, theirs.start_new if theirs else None),
        ("start on existing data", ours.start_again, theirs.start_again if theirs else None),
    ):
        yield Goal(what, own / other if other else None, _START_SHARE, "of Prefect 3")
    yield Goal("races that both won", sum(counts[2] for counts in ours.races.values()), 0)


def _failed(cells: Sequence[Cell]) -> int:
    return sum(cell.failed for cell in cells)


def ratio(ours: float, theirs: float) -> float:
    """Return ours over theirs; infinite if nothing succeeded there."""
    return ours / theirs if theirs else float("inf")
