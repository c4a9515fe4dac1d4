"""What workers know of the service together: ids to work on, versions that were told, work not finished."""

import threading
from dataclasses import dataclass, field
from typing import Any

# An agent has all labels of a set; runs have one of the sets, or one label of it. Nobody else shares them.
LABEL_SETS = ((), ("north",), ("south",), ("north", "south"), ("limited",))
LIMITED_LABEL, LIMITED_TAG = "limited", "scarce"
TASKS = 3
FLOW_NAMES = tuple(f"Flow {letter}" for letter in "ABCDEF")
# Most work is on the newest of these, so that workers meet.
_HOT = 3
_HOT_CHANCE = 0.8


@dataclass(slots=True)
class World:
    """Ids by kind, in the order in which they were made; what was deleted is not among them."""

    projects: list[str] = field(default_factory=list)
    flows: list[str] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    artifacts: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    # By the id of a flow run or a task run.
    versions: dict[str, int] = field(default_factory=dict)
    # By mutation and subject the input of work in many steps of which nobody was told the end.
    unfinished: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _long_work: threading.Condition = field(default_factory=threading.Condition)
    _at_work: list[int] = field(default_factory=list)

    def pick(self, dice, ids):
        """One of these, by preference one of the newest; None when there is none."""
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
        """Tells the nemesis that this server is at work for which it needs many steps."""
        with self._long_work:
            self._at_work.append(server)
            self._long_work.notify()

    def wait_for_long_work(self, seconds):
        """The server that begins with work of many steps; None when none does in that time."""
        with self._long_work:
            self._at_work.clear()
            self._long_work.wait_for(lambda: self._at_work, seconds)
            return self._at_work[-1] if self._at_work else None
