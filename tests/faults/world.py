"""The knowledge that workers share: ids to work on, versions from responses, unfinished work."""

import threading
from dataclasses import dataclass, field
from typing import Any

# An agent has all labels of a set. Runs have the labels of a set, or one of them.
LABEL_SETS = ((), ("north",), ("south",), ("north", "south"), ("limited",))
LIMITED_LABEL, LIMITED_TAG = "limited", "scarce"
TASKS = 3
FLOW_NAMES = tuple(f"Flow {letter}" for letter in "ABCDEF")
# Most work is on the newest objects, so that workers meet.
_HOT = 3
_HOT_CHANCE = 0.8


@dataclass(slots=True)
class World:
    """Ids by kind, in the order of their creation, without those of deleted objects."""

    projects: list[str] = field(default_factory=list)
    flows: list[str] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    artifacts: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    # By the id of a flow run or a task run.
    versions: dict[str, int] = field(default_factory=dict)
    # The inputs of work in many steps whose outcome is unknown, by mutation and subject.
    unfinished: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _long_work: threading.Condition = field(default_factory=threading.Condition)
    _at_work: list[int] = field(default_factory=list)

    def pick(self, dice, ids):
        """Return one of the ids, mostly one of the newest. Return None if there is none."""
        with self._lock:
            if not ids:
                return None
            hot = ids[-_HOT:] if dice.random() < _HOT_CHANCE else ids
            return dice.choice(hot)

    def add(self, ids, identifier):
        with self._lock:
            if identifier not in ids:
                ids.append(identifier)

    def forget(self, ids, identifier):
        with self._lock:
            if identifier in ids:
                ids.remove(identifier)

    def saw(self, identifier, version):
        self.versions[identifier] = version

    def long_work_begins(self, server):
        """Tell the nemesis that a server begins work of many steps."""
        with self._long_work:
            self._at_work.append(server)
            self._long_work.notify()

    def wait_for_long_work(self, seconds):
        """Return the server that begins work of many steps, or None if none does in time."""
        with self._long_work:
            self._at_work.clear()
            self._long_work.wait_for(lambda: self._at_work, seconds)
            return self._at_work[-1] if self._at_work else None
