"""The command lines that dialogs of the console offer, and what they do."""

import os
import shlex
import subprocess
import sys

from tests.e2e.console.pages import ROOT


def command_of(dialog):
    """Unfold the request of a dialog. Return its command line."""
    dialog.locator("summary").click()
    return dialog.get_by_role("region", name="Command").inner_text()


def ran(server, command):
    """Run a command line that the console offers. Return what it printed."""
    words = shlex.split(command)
    assert words[0] == "flow-runs"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "FLOW_RUNS_URL": server.url}
    program = [sys.executable, "-m", "flow_runs", *words[1:]]
    done = subprocess.run(program, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
