"""The nemesis: it kills servers and the emulator, and pauses the emulator, while clients work."""

import random
import threading
import time
from collections import Counter


class Nemesis:
    """A thread that strikes every second or so, mostly a server in the middle of work of many steps."""

    def __init__(self, cluster, world, seed, deadline):
        self.counts: Counter[str] = Counter()
        self._cluster, self._world, self._deadline = cluster, world, deadline
        self._dice = random.Random(f"{seed} nemesis")
        self.error = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self._thread.start()

    def join(self):
        self._thread.join()
        if self.error:
            raise self.error

    def _run(self):
        try:
            while time.monotonic() < self._deadline:
                time.sleep(self._dice.uniform(0.5, 1.5))
                strike = self._dice.choices(
                    [self._kill_a_server, self._pause_the_emulator, self._kill_the_emulator], [6, 2, 1]
                )[0]
                strike()
        except BaseException as error:  # noqa: BLE001 - `join` raises it
            self.error = error

    def _kill_a_server(self):
        number = self._world.wait_for_long_work(self._dice.uniform(1, 3))
        if number is None:
            number = self._dice.randrange(self._cluster.count)
        time.sleep(self._dice.uniform(0, 0.15))
        self._cluster.kill_server(number)
        self.counts["servers killed"] += 1
        self._cluster.start_server(number)

    def _pause_the_emulator(self):
        self._cluster.pause_emulator(self._dice.uniform(0.2, 1.5))
        self.counts["emulator stood still"] += 1

    def _kill_the_emulator(self):
        self._cluster.restart_emulator()
        self.counts["emulator killed"] += 1
