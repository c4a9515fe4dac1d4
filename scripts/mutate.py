"""Change the code in one place at a time, and tell which changes no test notices.

The changes are made in copies of the project in a temporary folder. This is not done by a library,
because the conditions of DynamoDB are constants of modules: mutmut changes the bodies of functions
alone. cosmic-ray changes files in the tree itself, one process at a time.
"""

import argparse
import os
import queue
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from scripts.mutants import ROOT, Mutant, mutants_of

COPIED = ("src", "tests", "docs", "events", "pyproject.toml", "template.yaml", "README.md")
_WRITES = [
    *(
        f"tests/contract/test_{name}.py"
        for name in ("history", "races", "idempotency", "calls", "lost_responses")
    ),
    *(f"tests/contract/test_{name}.py" for name in ("limits", "task_runs", "tag_limits", "interrupted")),
    *(f"tests/contract/test_{name}.py" for name in ("counting", "waiting_task_runs")),
    *("-k", "dynoxide"),
]
_RULES = [
    *(
        f"tests/contract/test_{name}.py"
        for name in ("schedule_overlap", "schedule_late", "schedule_failures")
    ),
    *("tests/contract/test_clear_late_runs.py", "-k", "dynoxide"),
]
# The tests that are to fail for modules whose path begins so.
TESTS = {
    "src/operations/flow_runs/beginning.py": _RULES,
    "src/operations/flow_runs/skipping.py": _RULES,
    "src/operations/flow_runs/counting_ends.py": _RULES,
    "src/operations/schedules/clearing.py": _RULES,
    "src/storage/schedules/turn": _RULES,
    "src/storage/schedules/beside_runs.py": _RULES,
    "src/domain": ["tests/unit/domain"],
    "src/storage/histories": _WRITES,
    "src/storage/flow_runs/flow_run_writes.py": _WRITES,
    "src/storage/concurrency": _WRITES,
    "src/operations/flow_runs": ["tests/contract/test_deleting_runs.py", *_WRITES],
}
# How many times as long as without a mutant tests may take with one, and how many seconds more.
_TIMES, _SECONDS = 3, 20


def main() -> None:
    """Print the mutants that survive, as diffs, and the score."""
    parser = argparse.ArgumentParser(prog="make mutate", description=__doc__)
    parser.add_argument("--module", nargs="+", default=list(TESTS), help="files or folders")
    parser.add_argument("--count", type=int, default=120, help="how many mutants are drawn")
    parser.add_argument("--seed", type=int, default=1, help="which ones are drawn")
    given = parser.parse_args()
    mutants = drawn(given.module, given.count, given.seed)
    survivors, tried = [], 0
    try:
        for mutant, survived in tried_out(mutants):
            tried += 1
            survivors += [mutant] if survived else []
            outcome = "SURVIVED" if survived else "killed"
            print(f"{tried}/{len(mutants)} {outcome} {mutant.module}", flush=True)
    except KeyboardInterrupt:
        print("Interrupted: this is the score so far.")
    for mutant in survivors:
        print(f"\n{mutant.diff()}")
    print(f"\n{tried - len(survivors)} of {tried} mutants killed (seed {given.seed}).")


def drawn(places: list[str], count: int, seed: int) -> list[Mutant]:
    """Draw mutants of the modules at these places."""
    found = {path for place in places for path in (ROOT / place).rglob("*.py")}
    found |= {ROOT / place for place in places if place.endswith(".py")}
    mutants = [mutant for path in sorted(found) for mutant in mutants_of(str(path.relative_to(ROOT)))]
    return random.Random(seed).sample(mutants, min(count, len(mutants)))  # noqa: S311


def tried_out(mutants: list[Mutant]) -> Iterator[tuple[Mutant, bool]]:
    """Yield each mutant, and True if no test fails for it. Try one on each core at a time."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies: queue.Queue[Path] = queue.Queue()
        for number in range(os.cpu_count() or 1):
            copies.put(make_copy(Path(folder) / str(number)))
        limits = time_limits(copies.queue[0], mutants)
        with ThreadPoolExecutor(copies.qsize()) as threads:
            try:
                outcomes = threads.map(partial(survives, copies, limits), mutants)
                yield from zip(mutants, outcomes, strict=True)
            except BaseException:
                # Ctrl-C: what is under way ends by itself, nothing more begins.
                threads.shutdown(cancel_futures=True)
                raise


def make_copy(folder: Path) -> Path:
    """Copy the project to a folder in which mutants are written."""
    folder.mkdir()
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return folder


def survives(copies: "queue.Queue[Path]", limits: dict[str, float], mutant: Mutant) -> bool:
    """Try a mutant in a copy that no other mutant uses, and put the module back."""
    copy = copies.get()
    prefix = prefix_of(mutant)
    near = [f"{place}/{path.name}" for place in TESTS[prefix] for path in near_tests(mutant, place)]
    try:
        (copy / mutant.module).write_text(mutant.source, encoding="utf-8")
        return passes(copy, [*near, *TESTS[prefix]], limits[prefix])
    finally:
        shutil.copy(ROOT / mutant.module, copy / mutant.module)
        copies.put(copy)


def near_tests(mutant: Mutant, folder: str) -> list[Path]:
    """Return the tests of a folder that are named after the module: they run first."""
    return sorted((ROOT / folder).glob(f"test_{Path(mutant.module).stem}*.py"))


def time_limits(copy: Path, mutants: list[Mutant]) -> dict[str, float]:
    """Return how long tests may take, by the prefix of the module. Exit if they fail without a mutant."""
    limits: dict[tuple[str, ...], float] = {}
    prefixes = {prefix_of(mutant) for mutant in mutants}
    for tests in sorted({tuple(TESTS[prefix]) for prefix in prefixes}):
        print(f"Running {len(tests)} files of tests without a mutant ...", flush=True)
        began = time.monotonic()
        if not passes(copy, list(tests)):
            sys.exit(f"These tests fail without a mutant: {' '.join(tests)}")
        limits[tests] = _TIMES * (time.monotonic() - began) + _SECONDS
    return {prefix: limits[tuple(TESTS[prefix])] for prefix in prefixes}


def prefix_of(mutant: Mutant) -> str:
    return next(prefix for prefix in TESTS if mutant.module.startswith(prefix))


def passes(copy: Path, tests: list[str], seconds: float | None = None) -> bool:
    """Return True if the tests pass in a copy; False also if they take too long."""
    options = ["-x", "-q", "-p", "no:cacheprovider", "--hypothesis-profile=mutants"]
    command = [sys.executable, "-m", "pytest", *options, *tests]
    try:
        ended = subprocess.run(command, cwd=copy, timeout=seconds, capture_output=True, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return False
    return ended.returncode == 0


if __name__ == "__main__":
    main()
