"""The workers: each does one piece of work after another, drawn at random, until the end of the bout."""

import random
import threading
import time

from tests.faults import agent_work, flow_run_work, flow_work, task_run_work
from tests.faults.caller import Caller

_WORK = {
    flow_run_work.create_run: 10,
    flow_run_work.create_keyed_run: 5,
    flow_run_work.set_run_state: 24,
    flow_run_work.cancel_run: 2,
    flow_run_work.relabel_run: 2,
    flow_run_work.rename_run: 1,
    flow_run_work.delete_run: 2,
    flow_run_work.beat: 4,
    task_run_work.set_task_state: 18,
    task_run_work.write_logs: 5,
    task_run_work.make_artifact: 3,
    task_run_work.delete_artifact: 1,
    task_run_work.beat_of_task_run: 1,
    agent_work.work_as_agent: 8,
    flow_work.keep_up: 4,
    flow_work.register_flow: 0.5,
    flow_work.move_flow: 0.5,
    flow_work.delete_flow: 0.5,
    flow_work.delete_project: 0.1,
    flow_work.change_limit: 1,
}
_TAKES_MANY_STEPS = (flow_work.delete_flow, flow_work.delete_project, flow_work.move_flow)


class Worker:
    """A thread that works. `join` raises the error that ended it."""

    def __init__(self, name, cluster, world, history, seed, deadline):
        self._world, self._deadline = world, deadline
        self._dice = random.Random(f"{seed} {name}")
        self._work = None
        ports = [proxy.port for proxy in cluster.fronts]
        self._caller = Caller(name, ports, history, self._dice, self._note_server)
        self._error = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self._thread.start()

    def join(self):
        self._thread.join()
        if self._error:
            raise self._error

    def _run(self):
        try:
            while time.monotonic() < self._deadline:
                self._work = self._dice.choices(list(_WORK), list(_WORK.values()))[0]
                self._work(self._world, self._caller)
        except BaseException as error:  # noqa: BLE001 - `join` raises it
            self._error = error
        finally:
            self._caller.close()

    def _note_server(self, number):
        if self._work in _TAKES_MANY_STEPS:
            self._world.long_work_begins(number)
