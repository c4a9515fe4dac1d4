"""Benchmarks as child processes, each with a time limit."""

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

# Seconds in which a child must stop what it started, such as its store.
STOP_SECONDS = 20.0
MISSED = 1  # the exit code of a benchmark that has missed a goal


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A module with the option `--json FILE`, its limit in seconds, and the benchmark that it needs.

    The limits are some four times the time on an idle machine of two cores.
    """

    name: str
    limit: float
    needs: str | None = None

    @property
    def command(self) -> list[str]:
        """The command without options."""
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
    Benchmark("heavy", 300),
    Benchmark("cold_start", 420),
    Benchmark("server", 900),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a benchmark: its report, or the reason why there is none."""

    name: str
    seconds: float
    report: Report | None
    trouble: str = ""


def follow(benchmarks: Sequence[Benchmark], console: Console) -> Iterator[Outcome]:
    """Run the benchmarks one after another, and yield their outcomes. Each gets the figures that it needs."""
    with tempfile.TemporaryDirectory() as folder:
        files = {benchmark.name: Path(folder) / f"{benchmark.name}.json" for benchmark in benchmarks}
        for number, benchmark in enumerate(benchmarks, 1):
            console.rule(
                f"{number} of {len(benchmarks)}: {benchmark.name}, at most {benchmark.limit / 60:g} min"
            )
            options = ["--json", str(files[benchmark.name])]
            needed = files.get(benchmark.needs or "")
            if needed is not None and needed.exists():
                options += [f"--{benchmark.needs}", str(needed)]
            outcome = run_one(benchmark, options, files[benchmark.name])
            console.print(f"{benchmark.name}: {_word(outcome)} after {outcome.seconds:.0f} s")
            yield outcome


def run_one(benchmark: Benchmark, options: Sequence[str], file: Path) -> Outcome:
    """Run one benchmark. Its progress and its errors go to our standard error."""
    began = time.monotonic()
    # A session of its own, so that it gets Ctrl-C from us alone, once, and so that its whole group can be
    # ended.
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
    """Stop a running child as Ctrl-C does; after STOP_SECONDS kill it with its whole group."""
    if child.poll() is not None:
        return
    child.send_signal(signal.SIGINT)
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        # We have not waited for the child yet, so its process id cannot be another's.
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _word(outcome: Outcome) -> str:
    if outcome.report is None:
        return outcome.trouble
    missed = sum(not goal.holds for goal in outcome.report.goals)
    return f"{missed} of {len(outcome.report.goals)} goals missed" if missed else "all goals met"
