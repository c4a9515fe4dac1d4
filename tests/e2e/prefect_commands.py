"""Runs in the environment of a release: executes `prefect …` commands, each in a process of its own.

A command imports the release for one or two seconds and then works for a moment. Here the release is imported
once, with the environment of the commands, and each command is a fork of this process.

Each line of the input is a command as JSON: its arguments and the file for its output. Each line of the
output is its exit code. The process ends with its input.
"""

import json
import os
import signal
import sys
import traceback

from prefect.cli import cli


def execute(arguments: list[str]) -> int:
    """Execute a command as the script `prefect` does. Return its exit code."""
    sys.argv = ["prefect", *arguments]
    try:
        cli()
    except SystemExit as end:
        code = end.code
        if isinstance(code, str):
            sys.stderr.write(f"{code}\n")
        return code if isinstance(code, int) else int(code is not None)
    except BaseException:  # noqa: BLE001  (what the interpreter does with any error)
        traceback.print_exc()
        return 1
    return 0


def run(arguments: list[str], output: str) -> int:
    """Run a command in a fork, with both of its streams in a file. Return its exit code."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status)
    signal.alarm(60)
    stream = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for own, given in ((nothing, 0), (stream, 1), (stream, 2)):
        os.dup2(own, given)
    code = execute(arguments)
    for kept in (sys.stdout, sys.stderr):
        kept.flush()
    os._exit(code)


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(f"{run(*json.loads(line))}\n")
        sys.stdout.flush()
