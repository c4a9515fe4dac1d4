"""States that tell which operation set them, so that each can be found again in the histories."""

import re
from datetime import UTC, datetime, timedelta

from tests.faults.world import LIMITED_TAG

_MARK = re.compile(r"^op (\d+)$")
# Beyond 512 compressed bytes a state has an item of its own, and is set by a transaction.
_LARGE, _LARGEST = 700, 2_500


def made_state(dice, type_, number, *, limited=False):
    """A state of this type; sometimes a large one, `limited` asks for slots."""
    state = {"type": type_, "message": f"op {number}"}
    if dice.random() < 0.4:
        state["_result"] = {"pad": dice.randbytes(dice.randint(_LARGE, _LARGEST)).hex()}
    if type_ in ("Scheduled", "Retrying"):
        state["start_time"] = (datetime.now(UTC) + timedelta(seconds=dice.choice((-5, 0, 3600)))).isoformat()
    if limited:
        state["context"] = {"tags": [LIMITED_TAG]}
    return state


def operation_in(message):
    """The number of the operation that set a state with this message; None for what the service set."""
    found = _MARK.match(message or "")
    return int(found[1]) if found else None
