"""Runs one installed, unmodified release of Prefect Core, as a user on a fresh machine would.

Every call is a process of its own, whose environment holds the settings of the test and nothing of the
machine's: no stored login, no user configuration, no proxy.
"""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = Path(__file__).resolve().parent
# A client takes well under a second to start, but Core 0.8.1 polls at 3 seconds and the machine may be busy.
TIMEOUT_SECONDS = 60
INHERITED = ("LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefectCore:
    """One release of Prefect Core, pointed at a server by `settings` (`PREFECT__…` variables)."""

    release: str
    home: Path
    settings: dict[str, str]

    @property
    def binaries(self) -> Path:
        return ROOT / ".venvs" / f"prefect-{self.release}" / "bin"

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        return {
            **inherited,
            "PATH": os.pathsep.join([str(self.binaries), os.environ["PATH"]]),
            "HOME": str(self.home),
            "PREFECT__HOME_DIR": str(self.home / ".prefect"),
            **self.settings,
        }

    def script(self, name: str) -> dict[str, Any]:
        """Runs a script of this release's folder, which writes one JSON object to the file it is told."""
        return self.script_at(SCRIPTS / f"prefect_{self.release.replace('.', '_')}" / name)

    def script_at(self, path: Path, timeout: float = TIMEOUT_SECONDS) -> dict[str, Any]:
        """Runs any script that does as much."""
        answer = self.home / f"{path.name}.json"
        done = self._run([str(self.binaries / "python"), str(path), str(answer)], timeout)
        assert done.returncode == 0, done.stdout
        told: dict[str, Any] = json.loads(answer.read_text())
        return told

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs `prefect …` to its end; output holds both streams, the exit code is left to judge."""
        return self._run([str(self.binaries / "prefect"), *arguments])

    def output(self, *arguments: str) -> str:
        """What a `prefect …` command prints that has to succeed."""
        done = self.command(*arguments)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def start_command(self, *arguments: str) -> subprocess.Popen[str]:
        """Starts `prefect …` and leaves it running, its output in a pipe; ending it is the caller's task."""
        return subprocess.Popen(
            [str(self.binaries / "prefect"), *arguments],
            env=self.environment,
            cwd=self.home,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def _run(self, command: list[str], timeout: float = TIMEOUT_SECONDS) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            env=self.environment,
            cwd=self.home,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
            check=False,
        )


def prefect_core(release: str, home: Path, settings: dict[str, str]) -> PrefectCore:
    """Gives the release's runner, or skips the test with the reason where the release is not installed."""
    core = PrefectCore(release=release, home=home, settings=settings)
    if not (core.binaries / "prefect").exists():
        stamp = f".venvs/prefect-{release}/.installed"
        pytest.skip(
            f"Prefect Core {release} is not installed: run `make {stamp}` (`make test` does it as well)"
        )
    return core


def rows(table: str) -> list[str]:
    """The lines of a table that a `prefect get …` command printed, without its header."""
    return table.strip().splitlines()[1:]


def graphql(url: str, document: str, **variables: Any) -> Any:
    """Asks the server directly, for what the client does not show; an error in the answer fails the test."""
    answer = httpx.post(f"{url}/graphql", json={"query": document, "variables": variables}, timeout=10).json()
    assert "errors" not in answer, answer
    return answer["data"]
