"""The size of the artifact that `sam build` makes for a function: unzipped, package by package.

The makefile that SAM calls builds the artifact, so it holds what is deployed; boto3 comes with Lambda's
runtime. The libraries are fetched once for each version of their lock, and kept in .cache/.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Final

from bench.paths import PRODUCT, SRC
from bench.report import Cell, Goal, Table

MAX_BYTES: Final = 15_000_000
_FUNCTION: Final = "build-GraphqlFunction"
_BUILD_SECONDS: Final = 300


class NotBuilt(Exception):
    """The artifact could not be built on this machine; the message is the reason."""


def artifact_size() -> tuple[Table | None, Goal]:
    """Build the artifact, and return its table and its goal. Without an artifact the goal is missed."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "artifact"
        try:
            _build(target)
        except NotBuilt as error:
            print(f"THE ARTIFACT WAS NOT MEASURED: {error}", file=sys.stderr)
            return None, Goal("artifact, unzipped (not built here)", None, MAX_BYTES / 1e6, "MB")
        has_bytecode = any(target.rglob("*.pyc"))
        if not has_bytecode:
            _compile(target)
        sizes = package_sizes(target)
    total = sum(source + bytecode for source, bytecode in sizes.values())
    goal = Goal("artifact, unzipped", total / 1e6, MAX_BYTES / 1e6, "MB")
    return _table(sizes, of_runtime=has_bytecode), goal


def package_sizes(artifact: Path) -> dict[str, tuple[int, int]]:
    """Return the bytes of each package, largest first: of its files, and of its bytecode."""
    plain: Counter[str] = Counter()
    compiled: Counter[str] = Counter()
    for path in artifact.rglob("*"):
        if path.is_file():
            sizes = compiled if path.suffix == ".pyc" else plain
            sizes[_package(path.relative_to(artifact))] += path.stat().st_size
    largest_first = (plain + compiled).most_common()
    return {name: (plain[name], compiled[name]) for name, _ in largest_first}


def _package(path: Path) -> str:
    first = path.parts[0]
    if first.endswith(".dist-info"):
        return "metadata of the libraries"
    if first == "__pycache__":
        first = path.name.partition(".")[0]
    return "ours" if (SRC / first).exists() or (SRC / f"{first}.py").exists() else first.removesuffix(".py")


def _table(sizes: dict[str, tuple[int, int]], *, of_runtime: bool) -> Table:
    rows: list[list[Cell]] = [
        [name, (plain + compiled) / 1e6, plain / 1e6, compiled / 1e6]
        for name, (plain, compiled) in sizes.items()
    ]
    notes = [] if of_runtime else ["Without the runtime's Python the bytecode is that of this Python."]
    return Table("Artifact of a function, unzipped", ["package", "MB", "files", "bytecode"], rows, notes)


def _build(target: Path) -> None:
    lock = (SRC / "requirements.txt").read_bytes() + (SRC / "Makefile").read_bytes()
    kept = PRODUCT / ".cache" / "artifact" / hashlib.sha256(lock).hexdigest()[:16]
    if not kept.exists():
        fresh = kept.with_suffix(".part")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        print("Fetching the libraries of the functions ...", file=sys.stderr)
        _make("libraries", folder=fresh)
        fresh.rename(kept)
    shutil.copytree(kept, target)
    _make("--assume-old=libraries", _FUNCTION, folder=target)


def _compile(target: Path) -> None:
    """Compile with this Python, because without bytecode the artifact would look too small."""
    command = [sys.executable, "-m", "compileall", "-q", "-j0", str(target)]
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL)  # noqa: S603


def _make(*targets: str, folder: Path) -> None:
    command = ["make", "--no-print-directory", f"--directory={SRC}", *targets]
    variables = [f"PYTHON={sys.executable}", f"ARTIFACTS_DIR={folder}"]
    try:
        done = subprocess.run(  # noqa: S603 - the targets are our own
            [*command, *variables], capture_output=True, text=True, timeout=_BUILD_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotBuilt(str(error)) from error
    if done.returncode:
        raise NotBuilt(f"the build failed, perhaps for want of a network:\n{done.stderr[-1000:]}")
