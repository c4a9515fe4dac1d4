"""Every place of the storage that unpacks a value draws it on the memory of the request."""

import ast
from pathlib import Path

STORAGE = Path(__file__).parents[3] / "src" / "storage"
# Functions that unpack: each takes the memory as its last argument, with this number of arguments.
UNPACKING = {
    "unpack": 2,
    "decode_inputs": 2,
    "decode_history": 2,
    "current_state": 2,
    "decode_entry": 3,
    "decode_run": 3,
    "decode_task_run": 3,
    "decode_logs": 3,
    "decode_flow": 5,
    "decode_tasks": 4,
    "decode_serialized": 2,
    "decode_group": 3,
    "decode_record": 2,
}
# A migration reads a group at a time, and no caller asks for it.
WITHOUT_REQUEST = {"migrations/left_behind.py"}


def calls_of(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in UNPACKING:
            yield node.func.id, len(node.args) + len(node.keywords), node.lineno


def test_every_call_that_unpacks_names_the_memory():
    forgotten, found = [], set()
    for path in sorted(STORAGE.rglob("*.py")):
        place = str(path.relative_to(STORAGE))
        for name, arguments, line in calls_of(path):
            found.add(name)
            if arguments < UNPACKING[name] and place not in WITHOUT_REQUEST:
                forgotten.append(f"{place}:{line} {name}")

    assert not forgotten
    assert found == set(UNPACKING)
