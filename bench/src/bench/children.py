"""Benchmarks as child processes, each with a limit to its time."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from bench.report import Report

# How long a child may take to put away what it started, its store above all.
GRACE = 20.0
MISSED = 1  # the exit code of a benchmark that measured, and missed a goal


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A module with `--json FILE`, the most seconds that it may take, and whose figures it is given.

    The limits are some four times what an idle machine of two cores needs.
    """

    name: str
    limit: float
    needs: str | None = None

    @property
    def command(self) -> list[str]:
        """How it is started, but for its options."""
        return [sys.executable, "-m", f"bench.{self.name}"]


BENCHMARKS = (
    Benchmark("capacity", 120),
    Benchmark("lifecycle", 240),
    Benchmark("cost", 120, needs="lifecycle"),
    Benchmark("heat", 60),
    Benchmark("recovery", 180),
    Benchmark("reads", 180),
    Benchmark("growth", 420),
    Benchmark("handler_cpu", 300),
    Benchmark("cold_start", 420),
    Benchmark("server", 900),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a benchmark: its report, or why there is none."""

    name: str
    seconds: float
    report: Report | None
    trouble: str = ""


def follow(benchmarks: Sequence[Benchmark], console: Console) -> Iterator[Outcome]:
    """Run one after another, telling of each; one is given the figures that it needs if they are there."""
    with tempfile.TemporaryDirectory() as folder:
        files = {each.name: Path(folder) / f"{each.name}.json" for each in benchmarks}
        for number, benchmark in enumerate(benchmarks, 1):
            console.rule(
                f"{number} of {len(benchmarks)}: {benchmark.name}, at most {benchmark.limit / 60:g} min"
            )
            options = ["--json", str(files[benchmark.name])]
            given = files.get(benchmark.needs or "")
            if given is not None and given.exists():
                options += [f"--{benchmark.needs}", str(given)]
            outcome = run_one(benchmark, options, files[benchmark.name])
            console.print(f"{benchmark.name}: {_word(outcome)} after {outcome.seconds:.0f} s")
            yield outcome


def run_one(benchmark: Benchmark, options: Sequence[str], file: Path) -> Outcome:
    """Run one benchmark; its own progress and its errors go to our standard error."""
    began = time.monotonic()
    # A session of its own: Ctrl-C comes to it from us alone, once, and what it leaves behind can be ended.
    child = subprocess.Popen(  # noqa: S603
        [*benchmark.command, *options], stdout=subprocess.DEVNULL, start_new_session=True
    )
    trouble = ""
    try:
        code = child.wait(benchmark.limit)
        trouble = "" if code in (0, MISSED) and file.exists() else f"failed with exit code {code}"
    except subprocess.TimeoutExpired:
        trouble = f"stopped at its limit of {benchmark.limit:g} s"
    finally:
        end(child)
    report = None if trouble else Report.of_document(json.loads(file.read_text(encoding="utf-8")))
    return Outcome(benchmark.name, time.monotonic() - began, report, trouble)


def end(child: subprocess.Popen[bytes]) -> None:
    """Ask a child that still runs to stop, as Ctrl-C does; after a while end it with all of its group."""
    if child.poll() is not None:
        return
    child.send_signal(signal.SIGINT)
    try:
        child.wait(GRACE)
    except subprocess.TimeoutExpired:
        # Nobody has waited for it, so the number is still its own.
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _word(outcome: Outcome) -> str:
    if outcome.report is None:
        return outcome.trouble
    missed = sum(not goal.holds for goal in outcome.report.goals)
    return f"{missed} of {len(outcome.report.goals)} goals missed" if missed else "all goals met"
