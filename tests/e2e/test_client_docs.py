"""The examples of docs/client.md, run as they stand there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from flow_runs.cli.exit_codes import ExitCode
from tests.e2e.server_process import running_server

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "client.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A fresh one, since the guide begins by creating what other tests may have created."""
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


def blocks(language):
    found = re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    assert found
    return "\n".join(found)


def run(server, folder, *command):
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "FLOW_RUNS_URL": server.url}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_python_examples_run(server, tmp_path):
    done = run(server, tmp_path, sys.executable, "-c", blocks("python"))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "3 Success",
        "1 Scheduled Flow run scheduled.",
        "2 Running None",
        "3 Success It worked!",
    ]


def test_the_command_line_examples_run(server, tmp_path):
    command = f'set -e\nflow-runs() {{ "{sys.executable}" -m flow_runs "$@"; }}\n{blocks("sh")}'

    done = run(server, tmp_path, "bash", "-c", command)

    assert done.returncode == 0, done.stderr
    assert "Success (version 3)" in done.stdout
    assert done.stdout.splitlines()[-1] == "Success"


def test_the_guide_lists_every_exit_code():
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", GUIDE, re.MULTILINE)} == set(ExitCode)
