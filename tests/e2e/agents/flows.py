"""The registration of the flows that agents execute in the tests.

Runs in the environment of a release of Prefect Core, 0.8.1 or 1.4.1. Writes the ids of the flows by name to
the file named by the first argument. Tasks write files for the test to the folder of that file.
"""

import base64
import json
import logging
import os
import sys
import time
from datetime import timedelta
from pathlib import Path

import pendulum
import prefect
from prefect import Client, Flow, Parameter, task
from prefect.engine import signals

FOLDER = str(Path(sys.argv[1]).parent)
# Where the two releases differ: the place of a storage, and how the result of a task is kept.
if prefect.__version__.startswith("0."):
    from prefect.client import Secret
    from prefect.engine.result_handlers import JSONResultHandler
    from prefect.environments.storage import Local
    from prefect.schedules import CronSchedule

    KEPT = {"result_handler": JSONResultHandler()}
    KEPT_IN_THE_STATE = KEPT
else:
    from prefect.backend.artifacts import create_link_artifact
    from prefect.engine.results import LocalResult, PrefectResult
    from prefect.schedules import IntervalSchedule
    from prefect.storage import Local

    KEPT = {"result": LocalResult(dir=FOLDER)}
    KEPT_IN_THE_STATE = {"result": PrefectResult()}

PROJECT = "Run by agents"
# A schedule of each minute with two occurrences, of a kind of its own in each release.
BEGIN = pendulum.now("UTC")
if prefect.__version__.startswith("0."):
    EACH_MINUTE = CronSchedule("* * * * *", end_date=BEGIN + timedelta(minutes=2))
else:
    EACH_MINUTE = IntervalSchedule(
        interval=timedelta(minutes=1),
        start_date=BEGIN + timedelta(seconds=15),
        end_date=BEGIN + timedelta(seconds=80),
    )
MAPPED = 50


@task
def add(number, step):
    prefect.context.get("logger").info("adding %s to %s", step, number)
    return number + step


def use_what_a_runner_may():
    """Read a secret of the service, or write an artifact: what runs do beside setting states and logging."""
    if prefect.__version__.startswith("0."):
        assert Secret("LOGIN").get() == "known"
    else:
        create_link_artifact("https://example.com")


@task
def tell(total):
    use_what_a_runner_may()
    prefect.context.get("logger").warning("the total is %s", total)


@task(max_retries=2, retry_delay=timedelta(seconds=1))
def succeed_the_second_time():
    if prefect.context.get("task_run_count") == 1:
        raise ValueError("not yet")


@task(max_retries=1, retry_delay=timedelta(hours=2))
def succeed_later():
    if prefect.context.get("task_run_count") == 1:
        raise ValueError("not for two hours")


@task
def double(number):
    return 2 * number


@task
def add_up(numbers):
    prefect.context.get("logger").info("the sum is %s", sum(numbers))


@task(cache_for=timedelta(hours=1), **KEPT)
def compute(folder):
    with (Path(folder) / "computed.txt").open("a") as computed:
        computed.write("once\n")
    return 42


def wait_a_minute():
    for _ in range(600):  # in steps, because an interrupt arrives between two steps
        time.sleep(0.1)


@task
def wait():
    wait_a_minute()


@task(max_retries=1, retry_delay=timedelta(seconds=1))
def wait_the_first_time():
    if prefect.context.get("task_run_count") == 1:
        wait_a_minute()


@task(tags=["at most two"])
def work_briefly():
    time.sleep(2)  # longer than the runners' starts are apart, so that some wait for a slot


def odd_name():
    """Return a file name that is not UTF-8 as Python decodes it, with half a character (a lone surrogate)."""
    return os.fsdecode(b"caf\xe9.csv")


@task
def say_odd_things():
    logger = prefect.context.get("logger")
    logging.addLevelName(25, "SUCCESS")
    logger.info("before")
    logger.info("found %s", odd_name())
    logger.log(25, "a level of its own")
    logger.info("the mean is %s", float("nan"))
    logger.info("after")


@task
def fail_oddly(folder):
    with (Path(folder) / "failed.txt").open("a") as failed:
        failed.write("once\n")
    raise signals.FAIL("cannot read " + odd_name())


@task(**KEPT_IN_THE_STATE)
def return_too_much():
    return base64.b64encode(os.urandom(900_000)).decode()


@task
def measure(text):
    prefect.context.get("logger").info("it has %s characters", len(text))


def greeting():
    tell(add(Parameter("number"), Parameter("step", required=False, default=10)))


def greeting_with_defaults():
    tell(add(Parameter("number", default=1), Parameter("step", default=1)))


def ten_in_a_row():
    number = 1
    for _ in range(10):
        number = double(number)


FLOWS = {
    "With a result": greeting,
    "Second try": succeed_the_second_time,
    "Later": succeed_later,
    "Mapped": lambda: add_up(double.map(list(range(MAPPED)))),
    "Cached": lambda: tell(compute(FOLDER)),
    "Waiting": wait,
    "Waiting at first": wait_the_first_time,
    "Brief": work_briefly,
    "Ten tasks": ten_in_a_row,
    "Odd logs": say_odd_things,
    "Odd failure": lambda: fail_oddly(FOLDER),
    "Too much": lambda: measure(return_too_much()),
    "By itself": greeting_with_defaults,
}
SCHEDULES = {"By itself": EACH_MINUTE}


def main():
    Client().create_project(PROJECT)
    ids = {}
    for name, build in FLOWS.items():
        with Flow(name, storage=Local(), schedule=SCHEDULES.get(name)) as flow:
            build()
        ids[name] = flow.register(PROJECT)
    Path(sys.argv[1]).write_text(json.dumps(ids))


if __name__ == "__main__":
    main()
