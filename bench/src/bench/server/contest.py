"""The measurement of one server: its starts, its races, its jobs by number of connections, its memory."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from rich.console import Console

from bench.server import jobs, ours, prefect
from bench.server.jobs import Cell, Job, Side
from bench.server.process import Command, free_port, running
from bench.server.races import race


@dataclass(frozen=True, slots=True)
class Contender:
    """A server to measure: its start on a folder of its own, and the data of that folder."""

    name: str
    check: Callable[[], object]  # leaves the benchmark if the server is not installed
    command: Callable[[Path, int], Command]
    prepare: Callable[[Path, Console], Side]


CONTENDERS = {
    "ours": Contender(ours.NAME, ours.check, ours.command, ours.prepare),
    "prefect-3": Contender(prefect.NAME, prefect.check, prefect.command, prefect.prepare),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """The jobs to measure, their numbers of connections, and their times in seconds."""

    seconds: float
    warm_up: float
    pause: float
    starts: int
    connections: Sequence[int]
    jobs: Sequence[str]


@dataclass(slots=True)
class Result:
    """The results of one server: times in seconds, memory in megabytes."""

    name: str
    start_new: float = 0.0
    start_again: float = 0.0
    memory_idle: float = 0.0
    memory_loaded: float = 0.0
    races: dict[str, Counter[int]] = field(default_factory=dict)
    cells: dict[tuple[str, int], Cell] = field(default_factory=dict)


def contest(contender: Contender, plan: Plan, console: Console) -> Result:
    """Measure one server from its first start to its last response."""
    result = Result(contender.name)
    with TemporaryDirectory(prefix="bench-server-") as folder:
        homes = [Path(folder) / str(number) for number in range(plan.starts)]
        for home in homes:
            home.mkdir()
        console.print(f"starting {contender.name}, {plan.starts} times on a new folder")
        result.start_new = median([_start(contender, home) for home in homes])
        side = contender.prepare(homes[0], console)
        console.print(f"starting {contender.name}, {plan.starts} times on {jobs.STORED:,} runs")
        result.start_again = median([_start(contender, homes[0]) for _ in homes])
        command = contender.command(homes[0], free_port())
        with running(command) as server:
            result.memory_idle = server.memory()
            result.races = race(side, command.port)
            _load(side, command.port, plan, result, console)
            result.memory_loaded = server.memory()
    return result


def _start(contender: Contender, home: Path) -> float:
    with running(contender.command(home, free_port())) as server:
        return server.seconds


def _load(side: Side, port: int, plan: Plan, result: Result, console: Console) -> None:
    for name in plan.jobs:
        for part, connections in enumerate(plan.connections):
            cell = _fairest(side.job(name, part), port, connections, plan)
            result.cells[name, connections] = cell
            failed = f", {cell.failed} failed {cell.errors}" if cell.errors else ""
            console.print(
                f"{result.name}: {name}, {connections} connections: {cell.rate:,.0f} a second{failed}"
            )


def _fairest(job: Job, port: int, connections: int, plan: Plan) -> Cell:
    """Measure a job; if it fails, measure it with a pause after failures too, and return the better cell.

    Clients that retry at once keep a locked database locked; clients that pause leave a free one idle.
    """
    at_once = jobs.measure(job, port, connections, plan.seconds, plan.warm_up, pause=0)
    if not (at_once.failed and job.repeat):
        return at_once
    patient = jobs.measure(job, port, connections, plan.seconds, plan.warm_up, pause=plan.pause)
    if patient.rate > at_once.rate:
        return replace(patient, other=f"{at_once.rate:.3g}/s with retries at once")
    return replace(at_once, other=f"{patient.rate:.3g}/s with retries after {plan.pause:g} s")
