"""One installed, unmodified release of Prefect Core, run as on a user's new machine.

Every call is a process of its own. Its environment has only the settings of the test: no stored login, no
user configuration and no proxy of the machine.
"""

import atexit
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import plain_http

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = Path(__file__).resolve().parent
# A client takes well under a second to start, but Core 0.8.1 polls at 3 seconds and the machine may be busy.
TIMEOUT_SECONDS = 60
# The process that executes the commands of a release, by all that it was started with: none, or one.
_running: dict[tuple[object, ...], subprocess.Popen[str]] = {}
# The token of a server that demands tokens. One that demands none takes no notice of it.
OPERATOR = "the operator's token"
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
        """Run a script of this release's folder. Return the JSON object that it writes to a file."""
        return self.script_at(SCRIPTS / f"prefect_{self.release.replace('.', '_')}" / name)

    def script_at(self, path: Path, timeout: float = TIMEOUT_SECONDS) -> dict[str, Any]:
        """Run any script that writes one JSON object. Return the object."""
        output = self.home / f"{path.name}.json"
        done = self._run([str(self.binaries / "python"), str(path), str(output)], timeout)
        assert done.returncode == 0, done.stdout
        result: dict[str, Any] = json.loads(output.read_text())
        return result

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `prefect …` to its end. Its output has both streams; the caller judges the exit code."""
        commands = _commands(self.binaries / "python", self.home, self.environment)
        output = self.home / "output of a command"
        assert commands.stdin
        assert commands.stdout
        commands.stdin.write(f"{json.dumps([arguments, str(output)])}\n")
        commands.stdin.flush()
        code = commands.stdout.readline()
        assert code, "The process that runs commands has ended."
        return subprocess.CompletedProcess(arguments, int(code), output.read_text())

    def output(self, *arguments: str) -> str:
        """Run a `prefect …` command that must succeed. Return its output."""
        done = self.command(*arguments)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def start_command(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `prefect …` with its output in a pipe. The caller ends the process."""
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


def _commands(python: Path, home: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    """Return the process that runs the commands with this environment. The one before it ends."""
    wanted = str(python), str(home), *environment.items()
    if wanted not in _running:
        _end_commands()
        _running[wanted] = subprocess.Popen(
            [str(python), str(SCRIPTS / "forked_commands.py"), "prefect", "prefect.cli", "cli"],
            env=environment,
            cwd=home,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
    return _running[wanted]


@atexit.register
def _end_commands() -> None:
    while _running:
        _running.popitem()[1].communicate()


def prefect_core(release: str, home: Path, settings: dict[str, str]) -> PrefectCore:
    """Return the release, or skip the test with the reason if the release is not installed."""
    core = PrefectCore(release=release, home=home, settings=settings)
    if not (core.binaries / "prefect").exists():
        stamp = f".venvs/prefect-{release}/.installed"
        pytest.skip(
            f"Prefect Core {release} is not installed: run `make {stamp}` (`make test` does it as well)"
        )
    return core


def rows(table: str) -> list[str]:
    """Return the lines of a table that `prefect get …` printed, without its header."""
    return table.strip().splitlines()[1:]


def graphql(url: str, document: str, **variables: Any) -> Any:
    """Send a document to the server without the client of Prefect Core. Fail if the response has errors."""
    response = plain_http.post(
        f"{url}/graphql",
        json={"query": document, "variables": variables},
        headers={"Authorization": f"Bearer {OPERATOR}"},
        timeout=10,
    ).json()
    assert "errors" not in response, response
    return response["data"]
