"""One release of Prefect Core, unmodified: its environment, its local agent, and the runners of the agent."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.paths import PRODUCT

SCRIPT = Path(__file__).with_name("ten_tasks.py")
# How a release is pointed to a server.
SETTINGS = {
    "0.8.1": {"PREFECT__CLOUD__API": "{url}", "PREFECT__CLOUD__AGENT__AUTH_TOKEN": "any"},
    "1.4.1": {"PREFECT__BACKEND": "server", "PREFECT__SERVER__ENDPOINT": "{url}"},
}
_START = {"0.8.1": ("agent", "start", "local"), "1.4.1": ("agent", "local", "start")}
_POLLS = "Waiting for flow runs..."  # the agent prints it at its first poll
_INHERITED = ("LANG", "LC_ALL", "TMPDIR")
_START_SECONDS, _SCRIPT_SECONDS, _STOP_SECONDS = 60, 60, 10


@dataclass(frozen=True, slots=True)
class Core:
    """An installed release, pointed to the server at `url`, with a home folder of its own."""

    release: str
    home: Path
    url: str

    def program(self, name: str) -> str:
        """Return the path of a program of this release. Leave the benchmark if it is not installed."""
        folder = f".venvs/prefect-{self.release}"
        path = PRODUCT / folder / "bin" / name
        if not path.exists():
            raise SystemExit(f"Prefect Core {self.release} is not installed: make {folder}/.installed")
        return str(path)

    @property
    def environment(self) -> Mapping[str, str]:
        """The settings of the benchmark, and nothing of the user's own configuration."""
        settings = {name: value.format(url=self.url) for name, value in SETTINGS[self.release].items()}
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        path = os.pathsep.join([str(Path(self.program("prefect")).parent), os.environ["PATH"]])
        home = {"HOME": str(self.home), "PREFECT__HOME_DIR": str(self.home / ".prefect")}
        return {**inherited, **home, "PATH": path, **settings}

    def register_flow(self) -> str:
        """Register the flow of ten tasks, and return its id. Leave the benchmark if that fails."""
        file = self.home / "flow-id"
        done = subprocess.run(  # noqa: S603
            [self.program("python"), str(SCRIPT), str(file)],
            env=self.environment,
            cwd=self.home,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_SCRIPT_SECONDS,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"Prefect Core {self.release} could not register the flow: {done.stdout}")
        return file.read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Agent:
    """A running agent. Its process group holds the runners that it starts."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def output(self) -> str:
        """All that the agent and its runners have printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def runners(self) -> set[int]:
        """Return the ids of the processes that execute runs."""
        listed = subprocess.run(
            ["ps", "-A", "-o", "pid=,pgid=,stat="],  # noqa: S607
            check=True,
            capture_output=True,
            text=True,
        )
        rows = [line.split() for line in listed.stdout.splitlines()]
        group = str(self.process.pid)
        alive = {int(pid) for pid, pgid, stat in rows if pgid == group and stat[0] != "Z"}
        return alive - {self.process.pid}


@contextmanager
def running_agent(core: Core) -> Iterator[Agent]:
    """Start the agent of a release, wait for its first poll, and stop it with its runners at the end."""
    log = core.home / "agent.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            [core.program("prefect"), *_START[core.release], "--show-flow-logs"],
            env=core.environment,
            cwd=core.home,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    agent = Agent(process, log)
    try:
        _wait_for_poll(agent)
        yield agent
    finally:
        _stop(process)


def _wait_for_poll(agent: Agent) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while _POLLS not in agent.output:
        if agent.process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"The agent does not poll: {agent.output}")
        time.sleep(0.05)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the agent as Ctrl-C does, then kill the rest of its group."""
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=_STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
