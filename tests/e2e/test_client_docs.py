"""The examples of docs/client.md, run unchanged."""

import json
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
    """Yield a new server, because the guide begins with creations that other tests may have made."""
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


def blocks(language):
    found = re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    assert found
    return "\n".join(found)


def run(server, folder, *command):
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "FLOW_RUNS_URL": server.url}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=400, check=False
    )


def test_python_examples_of_the_guide_run(server, tmp_path):
    done = run(server, tmp_path, sys.executable, "-c", blocks("python"))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "3 Success",
        "1 Scheduled Flow run scheduled.",
        "2 Running None",
        "3 Success It worked!",
        "Scheduled 2026-02-01",
        "Success 2026-01-31",
    ]


def test_command_line_examples_of_the_guide_run(server, tmp_path):
    command = f'set -e\nflow-runs() {{ "{sys.executable}" -m flow_runs "$@"; }}\n{blocks("sh")}'

    done = run(server, tmp_path, "bash", "-c", command)

    assert done.returncode == 0, done.stderr
    assert "Success (version 3)" in done.stdout
    lines = done.stdout.splitlines()
    # The state that `cancel` prints is alone on its line; the lists follow.
    rows = [line.split("\t") for line in lines[lines.index("Success") + 1 :]]
    assert [row[0] for row in rows].count("ID") == 6
    assert rows[1][1] == "saturday"
    assert ["Hello, World!", "1"] in [row[1:3] for row in rows]
    runs = json.loads((tmp_path / "runs.json").read_text())
    assert len([run for run in runs if run["project_name"] == "Hello, World!"]) == 5


def test_guide_lists_every_exit_code():
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", GUIDE, re.MULTILINE)} == set(ExitCode)
