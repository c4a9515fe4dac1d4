"""Our GraphQL beside graphql-core alone, Strawberry and Ariadne: the same documents, the same results."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bench.handler_cpu import graphql_layer
from bench.handler_cpu.others import raw
from bench.handler_cpu.timing import each_alone, progress
from bench.paths import BENCH, VENVS
from bench.report import Goal, Table
from graphql_api.execution import Executor
from graphql_api.schema import build_schema

RAW: Final = "graphql-core"
OURS: Final = "ours"
MAX_TIMES_RAW: Final = 1.3
# Milliseconds by library and case.
Figures = Mapping[str, Mapping[str, float]]


def compare(rounds: int, python: Path = VENVS / "libraries/bin/python") -> tuple[Table, list[Goal]]:
    """Time all libraries, the others in a process and an environment of their own."""
    executor = Executor(build_schema())
    with graphql_layer.stubbed():
        cases = graphql_layer.expected(executor)
        libraries = {OURS: graphql_layer.acts(executor), RAW: raw.acts(cases)}
        here = each_alone(libraries, rounds, progress)
    progress("")
    there = others(python, cases, rounds)
    return table(here, there), goals(here, there["milliseconds"])


def others(python: Path, cases: Sequence[Any], rounds: int) -> dict[str, Any]:
    """Time the other libraries in a child process. Leave the benchmark if that is impossible."""
    if not python.exists():
        raise SystemExit(
            "Strawberry and Ariadne are not installed: make -C bench .venvs/libraries/.installed"
        )
    done = subprocess.run(  # noqa: S603
        [python, "-m", "bench.handler_cpu.others"],
        cwd=BENCH / "src",
        input=json.dumps({"cases": cases, "rounds": rounds}),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    progress("")
    if done.returncode:
        raise SystemExit("Timing the other libraries has failed; their output is above.")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def table(here: Figures, there: dict[str, Any]) -> Table:
    """Return the milliseconds, and their ratios to graphql-core's in the same process."""
    names = list(here[RAW])
    rows = [row(name, figures, here[RAW]) for name, figures in here.items()]
    rows += [
        row(f"{name} (other process)" if name == RAW else name, figures, there["milliseconds"][RAW])
        for name, figures in there["milliseconds"].items()
    ]
    versions = ", ".join(f"{name} {version}" for name, version in there["versions"].items())
    return Table(
        "Milliseconds of CPU of the GraphQL alone, and the ratio to graphql-core's in the same process",
        ("", *names),
        rows,
        (
            "Results are prepared, so that no use case and no storage is timed.",
            "Each document is repeated alone, which makes all libraries look faster.",
            "graphql-core: execution alone, of documents that were parsed and validated before.",
            "ours: the whole Executor, which caches documents. kept: cached by the library's own means.",
            versions,
        ),
    )


def row(library: str, figures: Mapping[str, float], yardstick: Mapping[str, float]) -> list[str]:
    """Return a row: each figure with its ratio."""
    return [library, *(f"{value:.3f}  x {value / yardstick[name]:.2f}" for name, value in figures.items())]


def goals(here: Figures, there: Figures) -> list[Goal]:
    """Return bounds for the slowest document, in multiples of graphql-core in the same process."""
    ours = {name: value / here[RAW][name] for name, value in here[OURS].items()}
    found = [
        Goal("ours, of execution by graphql-core (the worst document)", max(ours.values()), MAX_TIMES_RAW)
    ]
    for library, figures in there.items():
        if library != RAW:
            theirs = {name: value / there[RAW][name] for name, value in figures.items()}
            worst = max(ours[name] / theirs[name] for name in ours)
            found.append(Goal(f"ours, of {library} (the worst document)", worst, 1.0))
    return found
