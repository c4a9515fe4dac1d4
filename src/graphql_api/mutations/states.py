"""The inputs and payloads that flow runs and task runs share when their states are set."""

from collections.abc import Sequence
from typing import Final

from domain.errors import BadUserInput
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import State, parse_state
from domain.memory import Memory
from domain.sizes import Written
from domain.task_runs.task_runs import TaskRun
from graphql_api.mutations.inputs import INTEGER, WRITTEN, as_json, optional, required
from graphql_api.mutations.payloads import Payload

MAX_STATES: Final = 100
STATES_DESCRIPTION: Final = f"Up to {MAX_STATES}."
VERSION_DESCRIPTION: Final = "The run's current version; any other fails. Null accepts every version."

STATE: Final = required(WRITTEN, 'The state: `{type: "Success", message: "It worked!"}`.', readable=True)
VERSION: Final = optional(INTEGER, VERSION_DESCRIPTION)


def read_state(given: Written, memory: Memory) -> State:
    """Return the state that a client sent. Raises BadUserInput, PayloadTooLarge.

    Its texts are mended where they cannot be kept, because a refused state would leave the run unfinished.
    """
    value = as_json(given.value, "state", memory, readable=True)
    return parse_state(value, given.text)


def read_states(values: Sequence[Written], memory: Memory) -> list[State]:
    """Return the states of one call, so that all are checked before the first is set.

    Raises BadUserInput, PayloadTooLarge.
    """
    if len(values) > MAX_STATES:
        raise BadUserInput(f"states: at most {MAX_STATES} can be set at once, not {len(values)}.")
    return [read_state(value, memory) for value in values]


def set_payload(run: FlowRun | TaskRun, wanted: State) -> Payload:
    """Return the payload of a state change: the run has the wanted state, or is Queued instead of Running.

    An agent that cannot be refused may get a run that waits, or that was closed, instead of Submitted. `run`
    is the run as this change left it, so that the client can go on with its version.
    """
    is_queued = wanted.type in ("Running", "Submitted") and run.state.type != wanted.type
    return {
        "id": run.id,
        "known": run,
        "status": "QUEUED" if is_queued else "SUCCESS",
        "message": run.state.message if is_queued else None,
        "version": run.version,
    }
