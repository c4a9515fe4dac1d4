"""A local agent of one release, started by `prefect agent …`, and its runners."""

import os
import signal
import subprocess
import time
from contextlib import contextmanager, suppress

from tests.e2e.prefect_client import PrefectCore

STOP_SECONDS = 10
# The command that starts the agent of each release, and the line that an agent prints when it polls.
_START = {
    "0.8.1": ("agent", "start", "local", "--show-flow-logs"),
    "0.12.6": ("agent", "start", "local", "--show-flow-logs"),
    "0.15.13": ("agent", "local", "start", "--show-flow-logs"),
    "1.4.1": ("agent", "local", "start", "--show-flow-logs"),
}
_POLLS = "Waiting for flow runs..."
_UP_SECONDS = 60


class AgentProcess:
    """The agent in a process group of its own, with its runners. Its output goes to a file."""

    def __init__(self, core: PrefectCore, *options: str, **settings: str) -> None:
        self._output = core.home / "agent.txt"
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [str(core.binaries / "prefect"), *_START[core.release], *options],
                env=core.environment | settings,
                cwd=core.home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self._output.read_text(errors="replace")

    def wait_until_it_polls(self) -> "AgentProcess":
        deadline = time.monotonic() + _UP_SECONDS
        while _POLLS not in self.output:
            assert self.process.poll() is None, f"the agent ended: {self.output}"
            assert time.monotonic() < deadline, f"the agent does not poll: {self.output}"
            time.sleep(0.05)
        return self

    def runners(self) -> set[int]:
        """Return the ids of the runners that are running."""
        listed = subprocess.run(
            ["ps", "-A", "-o", "pid=,pgid=,stat="], check=True, capture_output=True, text=True
        )
        rows = [line.split() for line in listed.stdout.splitlines()]
        group = str(self.process.pid)
        return {int(pid) for pid, pgid, stat in rows if pgid == group and stat[0] != "Z"} - {self.process.pid}

    def stop(self) -> None:
        """End the agent as Ctrl-C does, then kill its whole group."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def running_agent(core: PrefectCore, *options: str, **settings: str):
    agent = AgentProcess(core, *options, **settings)
    try:
        yield agent.wait_until_it_polls()
    finally:
        agent.stop()
