"""A check that a function takes a time proportional to the length of its text.

The function runs in a child process, which ends if one text takes more than some seconds of processor time.
One pass over a text takes milliseconds, one pass from each of its characters far more than the limit.
"""

import json
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]

# Parts of numbers, times, JSON, GraphQL, headers and patterns, which are repeated to make a long text.
PUMPS = (
    *('"', "\\", '\\"', '"""', '\\"""', '""" ', "#", "//x\n", "\n", " ", "0", "1.", "00:", "a", "aB", "a_"),
    *(".", ",", ";q=", "[", '["', "\\u{0", "\\ud8", "\ud800", "👋", "*/*,"),
)
# What a text begins and ends with, so that a match begins, and fails at the end.
STARTS = ("", '"', '"""', "//", "2026-01-31T08:00:00.")
ENDS = ("", "!\n")

_PREAMBLE = f"""
import json, signal, sys
sys.path[:0] = [{str(_ROOT / "src")!r}, {str(_ROOT)!r}]
argument, pumps, starts, ends = json.load(sys.stdin)
# The end of this timer ends the process.
signal.setitimer(signal.ITIMER_PROF, 12)

def texts(length=100_000, seconds=3):
    for pump in pumps:
        for start in starts:
            for end in ends:
                signal.setitimer(signal.ITIMER_PROF, seconds)
                yield start + pump * (length // len(pump)) + end
"""


def run_limited(code: str, argument: object = None) -> None:
    """Run Python code in a child process, which takes its texts from `texts()`, and may use `argument`."""
    done = subprocess.run(
        [sys.executable, "-c", _PREAMBLE + code],
        input=json.dumps([argument, PUMPS, STARTS, ENDS]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"code {done.returncode}: {done.stderr[-2000:]}"
