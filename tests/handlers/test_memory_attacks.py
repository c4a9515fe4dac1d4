"""No request, however small, makes the process that answers it large, nor do three of them at once."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

MOST_MEGABYTES = 400

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="only Linux tells the memory of a process so"
)

# The first field is too large, and those after it are too much work.
BOTH = "BAD_USER_INPUT, PAYLOAD_TOO_LARGE"
# The code of the error, or both codes, None for attacks that are answered because they do no harm.
EXPECTED = {
    "register 10 MB of zeros as default": "PAYLOAD_TOO_LARGE",
    "register 59 MB of lists": "PAYLOAD_TOO_LARGE",
    "register 18 MB of lists": "PAYLOAD_TOO_LARGE",
    "register the most lists": None,
    "register nested objects": None,
    "register wide text": None,
    "register 65,000 tasks": None,
    "read all serialized flows": "PAYLOAD_TOO_LARGE",
    "read Lists": None,
    "read Nest": None,
    "read Fox": None,
    "read Many": None,
    "read Fox by aliases": "PAYLOAD_TOO_LARGE",
    "read Many by aliases": "PAYLOAD_TOO_LARGE",
    "register wide text by aliases": BOTH,
    "refused flows by aliases": "BAD_USER_INPUT",
    "edges of all flows": "PAYLOAD_TOO_LARGE",
    "tasks of a flow": "BAD_USER_INPUT",
    "list parameters": "PAYLOAD_TOO_LARGE",
    "list all parameters": "PAYLOAD_TOO_LARGE",
    "list parameters by aliases": "PAYLOAD_TOO_LARGE",
    "parameters by aliases": "PAYLOAD_TOO_LARGE",
    "parameters of a flow by its runs": "PAYLOAD_TOO_LARGE",
    "filter by parameters": "PAYLOAD_TOO_LARGE",
    "order by parameters": "PAYLOAD_TOO_LARGE",
    "ids of the runs": None,
    "parameters of the runs of flows": "PAYLOAD_TOO_LARGE",
    "refused parameters by aliases": "BAD_USER_INPUT",
    "numbers that cannot be kept by aliases": "BAD_USER_INPUT",
    "a variable many times in parameters": "BAD_USER_INPUT",
    "states of lists in one list": "BAD_USER_INPUT",
    "state of too many lists": "PAYLOAD_TOO_LARGE",
    "history": "PAYLOAD_TOO_LARGE",
    "current states": None,
    "ids and states": None,
    "write info of lists": None,
    "infos of lists in one list": "BAD_USER_INPUT",
    "read 100 MB of logs": "PAYLOAD_TOO_LARGE",
    "logs of runs": None,
    "body of too many lists": "PAYLOAD_TOO_LARGE",
    "body of many lists": "PAYLOAD_TOO_LARGE",
    "variables as text of many lists": "PAYLOAD_TOO_LARGE",
    "logs of nothing": "BAD_USER_INPUT",
}


@pytest.fixture(scope="module")
def measured():
    """Return what a process of its own has measured: a dict for each attack."""
    finished = subprocess.run(
        [sys.executable, "-m", "tests.handlers.memory_attacks"],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-2_000:]
    lines = [json.loads(line) for line in finished.stdout.splitlines() if line.startswith('{"attack"')]
    return {(line["attack"], line["times"]): line for line in lines}


def test_every_attack_is_expected(measured):
    assert {name for name, _ in measured} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_attack_takes_little_memory_and_is_answered(measured, name):
    expected = EXPECTED[name]
    for line in (line for (attack, _), line in measured.items() if attack == name):
        assert line["peak"] < MOST_MEGABYTES, line
        # A client that waits too long for other large requests is told to send its own again.
        assert (
            set(line["errors"]) - {"API_ERROR"} == set((expected or "").split(", ")) - {""}
            or line["times"] > 1
        ), line
