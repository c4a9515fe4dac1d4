"""Executes the commands of a program, each in a process of its own, which imports nothing anew.

A command imports its program for up to two seconds and then works for a moment. Here the program is imported
once, with the environment of the commands, and each command is a fork of this process.

The arguments are the name of the program's script, the module and the function that it calls, and further
modules to import before. Each line of the input is a command as JSON: its arguments, and the files for its
output and its errors, which may be one. Each line of the output is its exit code. The process ends with its
input.
"""

import json
import os
import signal
import sys
import traceback
from importlib import import_module


def serve(name, program):
    """Run the commands of the input by calling `program`, whose script has this name."""
    for line in sys.stdin:
        sys.stdout.write(f"{_run(name, program, *json.loads(line))}\n")
        sys.stdout.flush()


def _run(name, program, arguments, *files):
    """Run a command in a fork, with its streams in files. Return its exit code."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status)
    signal.alarm(60)
    nothing = os.open(os.devnull, os.O_RDONLY)
    streams = [os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600) for file in files]
    for own, given in ((nothing, 0), (streams[0], 1), (streams[-1], 2)):
        os.dup2(own, given)
    code = _execute(name, program, arguments)
    for kept in (sys.stdout, sys.stderr):
        kept.flush()
    os._exit(code)


def _execute(name, program, arguments):
    """Execute a command as its script does. Return its exit code."""
    sys.argv = [name, *arguments]
    try:
        program()
    except SystemExit as end:
        code = end.code
        if isinstance(code, str):
            sys.stderr.write(f"{code}\n")
        return code if isinstance(code, int) else int(code is not None)
    except BaseException:  # noqa: BLE001  (what the interpreter does with any error)
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    script, module, function, *before = sys.argv[1:]
    for more in before:
        import_module(more)
    serve(script, getattr(import_module(module), function))
