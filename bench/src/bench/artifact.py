"""What `sam build` packages for a function: how large it is unzipped, package by package.

It is built by the makefile that SAM calls, so it holds what is deployed; boto3 comes with Lambda's runtime.
The libraries are fetched once for each version of their lock and kept in .cache/.
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

MOST_BYTES: Final = 15_000_000
_FUNCTION: Final = "build-GraphqlFunction"
_PATIENCE: Final = 300


class NotBuilt(Exception):
    """The artifact could not be made here; the text says why."""


def artifact_size() -> tuple[Table | None, Goal]:
    """Build the artifact and weigh it; without it, the goal counts as missed and says what is missing."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "artifact"
        try:
            _build(target)
        except NotBuilt as error:
            print(f"THE ARTIFACT WAS NOT MEASURED: {error}", file=sys.stderr)
            return None, Goal("artifact, unzipped (not built here)", None, MOST_BYTES / 1e6, "MB")
        own = any(target.rglob("*.pyc"))
        if not own:
            _compile(target)
        weights = weigh(target)
    total = sum(source + bytecode for source, bytecode in weights.values())
    return _table(weights, own_bytecode=own), Goal("artifact, unzipped", total / 1e6, MOST_BYTES / 1e6, "MB")


def weigh(artifact: Path) -> dict[str, tuple[int, int]]:
    """Count the bytes of each package: those of its bytecode, and all others."""
    plain: Counter[str] = Counter()
    compiled: Counter[str] = Counter()
    for path in artifact.rglob("*"):
        if path.is_file():
            weights = compiled if path.suffix == ".pyc" else plain
            weights[_package(path.relative_to(artifact))] += path.stat().st_size
    heaviest = (plain + compiled).most_common()
    return {name: (plain[name], compiled[name]) for name, _ in heaviest}


def _package(path: Path) -> str:
    first = path.parts[0]
    if first.endswith(".dist-info"):
        return "metadata of the libraries"
    if first == "__pycache__":
        first = path.name.partition(".")[0]
    return "ours" if (SRC / first).exists() or (SRC / f"{first}.py").exists() else first.removesuffix(".py")


def _table(weights: dict[str, tuple[int, int]], *, own_bytecode: bool) -> Table:
    rows: list[list[Cell]] = [
        [name, (plain + compiled) / 1e6, plain / 1e6, compiled / 1e6]
        for name, (plain, compiled) in weights.items()
    ]
    notes = [] if own_bytecode else ["The runtime's Python is not here; the bytecode is that of this one's."]
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
    """Compile with this Python, so that the artifact does not look light without the runtime's."""
    command = [sys.executable, "-m", "compileall", "-q", "-j0", str(target)]
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL)  # noqa: S603


def _make(*targets: str, folder: Path) -> None:
    command = ["make", "--no-print-directory", f"--directory={SRC}", *targets]
    variables = [f"PYTHON={sys.executable}", f"ARTIFACTS_DIR={folder}"]
    try:
        done = subprocess.run(  # noqa: S603 - the targets are ours
            [*command, *variables], capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotBuilt(str(error)) from error
    if done.returncode:
        raise NotBuilt(f"the build failed, perhaps for want of a network:\n{done.stderr[-1000:]}")
