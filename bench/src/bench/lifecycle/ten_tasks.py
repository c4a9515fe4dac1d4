"""A script that registers a flow of ten tasks in a row, and writes the id of the flow to the given file.

Prefect Core executes it: `bench.lifecycle` starts it in the environment of a release, 0.8.1 or 1.4.1.
"""

import sys
from pathlib import Path

import prefect
from prefect import Client, Flow, task

if prefect.__version__.startswith("0."):
    from prefect.environments.storage import Local
else:
    from prefect.storage import Local

PROJECT = "Bench"
TASKS = 10


@task
def double(number):
    return 2 * number


def main():
    Client().create_project(PROJECT)
    with Flow("Ten tasks", storage=Local()) as flow:
        number = 1
        for _ in range(TASKS):
            number = double(number)
    Path(sys.argv[1]).write_text(flow.register(PROJECT))


if __name__ == "__main__":
    main()
