"""States that carry the number of their operation, so that checks find them in the histories."""

import re
from datetime import UTC, datetime, timedelta

from tests.faults.world import LIMITED_TAG

_MARK = re.compile(r"^op (\d+)$")
# Beyond 512 compressed bytes a state has an item of its own, and is set by a transaction.
_LARGE, _LARGEST = 700, 2_500


def made_state(dice, type_, number, *, limited=False):
    """Return a state of this type, sometimes a large one. With `limited` it needs slots."""
    state = {"type": type_, "message": f"op {number}"}
    if dice.random() < 0.4:
        state["_result"] = {"pad": dice.randbytes(dice.randint(_LARGE, _LARGEST)).hex()}
    if type_ in ("Scheduled", "Retrying"):
        state["start_time"] = (datetime.now(UTC) + timedelta(seconds=dice.choice((-5, 0, 3600)))).isoformat()
    if limited:
        state["context"] = {"tags": [LIMITED_TAG]}
    return state


def operation_in(message):
    """Return the number of the operation in a state's message, or None for a state that the service set."""
    found = _MARK.match(message or "")
    return int(found[1]) if found else None
