"""Programs, each run in a new interpreter: their time, their output, and their imports."""

import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.paths import SRC

OURS = frozenset(path.stem for path in SRC.iterdir() if path.suffix in ("", ".py"))
LIBRARY = "standard library"
_PROGRAM_SECONDS = 60  # for one program, on a busy machine
_IMPORT = re.compile(r"^import time: +(\d+) \| +\d+ \| +(\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Spent:
    """The milliseconds of one run, from the start of the process to its end, and its output."""

    wall: float
    cpu: float
    output: str


@dataclass(frozen=True, slots=True)
class Imports:
    """The imports of one library by a program: the number of modules, and their own time in milliseconds."""

    modules: int
    milliseconds: float


class Interpreters:
    """Starts new processes of this interpreter, with the given variables alone, in an empty folder."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = {**environment, "HOME": str(folder), "PYTHONPATH": str(SRC)}

    def run(self, program: str, *arguments: str) -> Spent:
        """Run a program to its end. Leave the benchmark if the program fails."""
        cpu, began = _cpu_of_children(), perf_counter()
        done = self._start([], program, arguments)
        wall = perf_counter() - began
        return Spent(1000 * wall, 1000 * (_cpu_of_children() - cpu), done.stdout)

    def imports(self, program: str, *arguments: str) -> dict[str, Imports]:
        """Run a program with `-X importtime`, which slows imports a little, and return its imports."""
        found: dict[str, list[float]] = {}
        for own, module in _IMPORT.findall(self._start(["-X", "importtime"], program, arguments).stderr):
            found.setdefault(library(module), []).append(int(own) / 1000)
        return {name: Imports(len(times), sum(times)) for name, times in found.items()}

    def _start(
        self, options: Sequence[str], program: str, arguments: Sequence[str]
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(  # noqa: S603 - this interpreter, and programs of this folder
            [sys.executable, "-P", *options, "-c", program, *arguments],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=_PROGRAM_SECONDS,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"A measured program has failed:\n{done.stderr[-2000:]}")
        return done


@contextmanager
def interpreters(environment: Mapping[str, str]) -> Iterator[Interpreters]:
    """Start programs in a folder of their own, so that no settings of the user reach them."""
    with tempfile.TemporaryDirectory() as folder:
        yield Interpreters(Path(folder), environment)


def library(module: str) -> str:
    """Return the library of a module: its name, `ours`, or LIBRARY for the standard library."""
    name = module.partition(".")[0]
    if name in OURS:
        return "ours"
    return LIBRARY if name in sys.stdlib_module_names or name.startswith("_") else name


def median_imports(runs: Sequence[Mapping[str, Imports]]) -> dict[str, Imports]:
    """Return the median of several runs, library by library, the slowest library first."""
    names = {name for run in runs for name in run}
    figures = {
        name: Imports(
            max(run[name].modules for run in runs if name in run),
            median(run[name].milliseconds for run in runs if name in run),
        )
        for name in names
    }
    return dict(sorted(figures.items(), key=lambda item: -item[1].milliseconds))


def _cpu_of_children() -> float:
    """Return the CPU seconds of ended children; a store that still runs is not among them."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
