"""Programs run each in an interpreter of its own: how long they take, what they say, what they import."""

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
_PATIENCE = 60  # seconds for one program, whatever else the machine does
_IMPORT = re.compile(r"^import time: +(\d+) \| +\d+ \| +(\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Spent:
    """One run, in milliseconds, from the start of the process to its end."""

    wall: float
    cpu: float
    output: str


@dataclass(frozen=True, slots=True)
class Imports:
    """What a program imports of one library: its modules and their own time in milliseconds."""

    modules: int
    milliseconds: float


class Interpreters:
    """Starts this interpreter anew, with those variables alone, in an empty folder."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = {**environment, "HOME": str(folder), "PYTHONPATH": str(SRC)}

    def run(self, program: str, *arguments: str) -> Spent:
        """Run a program to its end. Leaves this one when it fails."""
        cpu, began = _cpu_of_children(), perf_counter()
        done = self._start([], program, arguments)
        wall = perf_counter() - began
        return Spent(1000 * wall, 1000 * (_cpu_of_children() - cpu), done.stdout)

    def imports(self, program: str, *arguments: str) -> dict[str, Imports]:
        """Run it with Python's own clock of imports, which makes each a little slower."""
        found: dict[str, list[float]] = {}
        for own, module in _IMPORT.findall(self._start(["-X", "importtime"], program, arguments).stderr):
            found.setdefault(library(module), []).append(int(own) / 1000)
        return {name: Imports(len(each), sum(each)) for name, each in found.items()}

    def _start(
        self, options: Sequence[str], program: str, arguments: Sequence[str]
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(  # noqa: S603 - this interpreter, and programs of this folder
            [sys.executable, "-P", *options, "-c", program, *arguments],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"A program that was to be measured failed:\n{done.stderr[-2000:]}")
        return done


@contextmanager
def interpreters(environment: Mapping[str, str]) -> Iterator[Interpreters]:
    """Give a folder of its own to programs, so that no settings of a user reach them."""
    with tempfile.TemporaryDirectory() as folder:
        yield Interpreters(Path(folder), environment)


def library(module: str) -> str:
    """Whose a module is: a library's by its name, `ours`, or the standard library's."""
    name = module.partition(".")[0]
    if name in OURS:
        return "ours"
    return LIBRARY if name in sys.stdlib_module_names or name.startswith("_") else name


def middle(runs: Sequence[Mapping[str, Imports]]) -> dict[str, Imports]:
    """The median of several runs, library by library, the slowest first."""
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
    """Of children that have ended and were waited for, so a store that is still running is not in it."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
