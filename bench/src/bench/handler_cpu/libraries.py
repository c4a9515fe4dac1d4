"""Our GraphQL beside graphql-core by itself, Strawberry and Ariadne: same documents, same answers."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bench.handler_cpu import graphql_layer
from bench.handler_cpu.others import raw
from bench.handler_cpu.timing import each_by_itself, progress
from bench.paths import BENCH, VENVS
from bench.report import Goal, Table
from graphql_api.execution import Executor
from graphql_api.schema import build_schema

RAW: Final = "graphql-core"
OURS: Final = "ours"
MOST_OF_RAW: Final = 1.3
# Milliseconds by way and case.
Figures = Mapping[str, Mapping[str, float]]


def compare(rounds: int, python: Path = VENVS / "libraries/bin/python") -> tuple[Table, list[Goal]]:
    """Time all of them; the others in a process and an environment of their own."""
    executor = Executor(build_schema())
    with graphql_layer.stubbed():
        cases = graphql_layer.expected(executor)
        ways = {OURS: graphql_layer.acts(executor), RAW: raw.acts(cases)}
        here = each_by_itself(ways, rounds, progress)
    progress("")
    there = others(python, cases, rounds)
    return table(here, there), goals(here, there["milliseconds"])


def others(python: Path, cases: Sequence[Any], rounds: int) -> dict[str, Any]:
    """Let a child time the others. Leaves the program when they are not installed, or fail."""
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
        raise SystemExit("Timing the other libraries failed; what they said is above.")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def table(here: Figures, there: dict[str, Any]) -> Table:
    """Milliseconds, and how often graphql-core's own in the same process."""
    names = list(here[RAW])
    rows = [row(way, figures, here[RAW]) for way, figures in here.items()]
    rows += [
        row(f"{way} (other process)" if way == RAW else way, figures, there["milliseconds"][RAW])
        for way, figures in there["milliseconds"].items()
    ]
    versions = ", ".join(f"{name} {version}" for name, version in there["versions"].items())
    return Table(
        "Milliseconds of CPU for the GraphQL alone, and how often graphql-core's own in the same process",
        ("", *names),
        rows,
        (
            "Answers are made beforehand, so that no use case and no storage is in it.",
            "Each document is repeated by itself, which flatters all alike.",
            "graphql-core: executing alone, of documents parsed and validated before.",
            "ours: the whole Executor, which keeps documents. kept: by the library's own means for that.",
            versions,
        ),
    )


def row(way: str, figures: Mapping[str, float], yardstick: Mapping[str, float]) -> list[str]:
    """One line: each figure with its ratio."""
    return [way, *(f"{value:.3f}  x {value / yardstick[name]:.2f}" for name, value in figures.items())]


def goals(here: Figures, there: Figures) -> list[Goal]:
    """Bounds on the document that fares worst, each in multiples of the same process's yardstick."""
    ours = {name: value / here[RAW][name] for name, value in here[OURS].items()}
    found = [
        Goal("ours, of executing by graphql-core alone (the worst document)", max(ours.values()), MOST_OF_RAW)
    ]
    for way, figures in there.items():
        if way != RAW:
            theirs = {name: value / there[RAW][name] for name, value in figures.items()}
            worst = max(ours[name] / theirs[name] for name in ours)
            found.append(Goal(f"ours, of {way} (the worst document)", worst, 1.0))
    return found
