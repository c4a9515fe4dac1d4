"""The registration of flows that fail until a file is there, so that a restart succeeds.

Runs in the environment of a release of Prefect Core, 0.8.1 or 1.4.1. Writes the ids of the flows by name to
the file named by the first argument. Each execution of a task adds a line to a file in the same folder.
"""

import json
import sys
from pathlib import Path

import prefect
from prefect import Client, Flow, Parameter, task

FOLDER = str(Path(sys.argv[1]).parent)
# Where the two releases differ: the place of a storage, and how the result of a task is kept or is lost.
if prefect.__version__.startswith("0."):
    from prefect.engine.result_handlers import JSONResultHandler, LocalResultHandler
    from prefect.environments.storage import Local

    IN_THE_STATE = {"checkpoint": True, "result_handler": JSONResultHandler()}
    IN_A_FILE = {"checkpoint": True, "result_handler": LocalResultHandler(dir=FOLDER)}
else:
    from prefect.engine.results import LocalResult, PrefectResult
    from prefect.storage import Local

    IN_THE_STATE = {"result": PrefectResult()}
    IN_A_FILE = {"result": LocalResult(dir=FOLDER)}
LOST = {"checkpoint": False}
PROJECT = "Run by agents"
CHILDREN = 4


def execute(flow, what, *, fails=False):
    """Note that a task was executed. Fail unless the file is there that mends all."""
    with (Path(FOLDER) / f"{flow}.txt").open("a") as executed:
        executed.write(what + "\n")
    if fails and not (Path(FOLDER) / "mended").exists():
        raise ValueError("not mended yet")


@task(**IN_THE_STATE)
def first():
    execute("Failing", "first")
    return 10


@task
def second(value):
    execute("Failing", f"second({value})", fails=True)
    return value + 1


@task
def third(value):
    execute("Failing", f"third({value})")


@task(**IN_THE_STATE)
def child(number):
    execute("Failing", f"child({number})", fails=number == 2)
    return number * 10


@task
def grandchild(number):
    execute("Failing", f"grandchild({number})")


@task(**IN_A_FILE)
def numbers():
    execute("Gathered", "numbers")
    return list(range(CHILDREN))


@task(**IN_THE_STATE)
def square(number):
    execute("Gathered", f"square({number})", fails=number == 2)
    return number * number


@task
def total(squares):
    execute("Gathered", f"total({sorted(squares)})")


@task(**LOST)
def lost():
    execute("Lost result", "lost")
    return 10


@task
def needs(value):
    execute("Lost result", f"needs({value})", fails=True)


def failing():
    third(second(first()))
    grandchild.map(child.map(Parameter("numbers", default=list(range(CHILDREN)))))


FLOWS = {
    "Failing": failing,
    "Gathered": lambda: total(square.map(numbers())),
    "Lost result": lambda: needs(lost()),
}


def main():
    Client().create_project(PROJECT)
    ids = {}
    for name, build in FLOWS.items():
        with Flow(name, storage=Local()) as flow:
            build()
        ids[name] = flow.register(PROJECT)
    Path(sys.argv[1]).write_text(json.dumps(ids))


if __name__ == "__main__":
    main()
