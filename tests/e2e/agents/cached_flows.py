"""Two flows of one task with a cached result: under a cache key in one flow, for the task alone in the other.

Runs in the environment of a release of Prefect Core, 0.11 or later. Registers both, without a project where
the release sends none, and executes a run of each in this process by the release's own runner. Writes the ids
of the flows by name to the file named by the first argument. The values that a task gave to the next task are
written to a file in the same folder.
"""

import json
import sys
from datetime import timedelta
from pathlib import Path

import prefect
from prefect import Client, Flow, task
from prefect.engine.cloud import CloudFlowRunner
from prefect.engine.results import LocalResult

# A server is sent projects from 0.13 on.
IS_OLD = tuple(map(int, prefect.__version__.split(".")[:2])) < (0, 13)
if IS_OLD:
    from prefect.environments.storage import Local
else:
    from prefect.storage import Local

OUTPUT = Path(sys.argv[1])
FOLDER = str(OUTPUT.parent)
PROJECT = None if IS_OLD else "Kept results"
KEPT = {"cache_for": timedelta(hours=1), "result": LocalResult(dir=FOLDER)}


def note(name, text):
    """Append a line to a file that the test reads."""
    with (Path(FOLDER) / name).open("a") as lines:
        lines.write(text + "\n")


@task(cache_key="shared", **KEPT)
def keyed():
    note("executed.txt", "keyed")
    return "KEYED"


@task(**KEPT)
def weather():
    note("executed.txt", "weather")
    return "WEATHER"


@task
def tell(name, value):
    prefect.context.get("logger").info("%s is given %s", name, value)
    note("told.txt", value)


def register(name, kept):
    with Flow(name, storage=Local()) as flow:
        tell(name, kept())
    return flow, flow.register(PROJECT)


def main():
    if PROJECT:
        Client().create_project(PROJECT)
    ids = {}
    for name, kept in (("Keyed", keyed), ("Weather", weather)):
        flow, ids[name] = register(name, kept)
        flow_run_id = Client().create_flow_run(flow_id=ids[name])
        with prefect.context(flow_run_id=flow_run_id):
            assert CloudFlowRunner(flow=flow).run().is_successful()
    OUTPUT.write_text(json.dumps(ids))


if __name__ == "__main__":
    main()
