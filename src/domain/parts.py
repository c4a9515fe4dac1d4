"""The parts of an entity that a store loads only on request, because each may take a read of its own."""

from enum import StrEnum


class Part(StrEnum):
    """A part of a flow run, a task run, a flow or a flow group beyond the columns that are always loaded.

    INPUTS      a flow run's parameters, context, run config and idempotency key
    STATE       the current state in full, however large
    HISTORY     every state in full
    TYPES       every state, but of a large one only its type and the beginning of its message
    HEARTBEAT   the last heartbeat of a run's process
    SERIALIZED  the serialized form of a flow
    SETTINGS    the switches of a flow's group
    SCHEDULE    the record of a schedule: its next run, and why it makes none
    OUTLINE     a flow's parameters, storage, run config and the like
    OVERRIDES   what a flow group overrides of its flows: labels, run config, default parameters
    """

    INPUTS = "inputs"
    STATE = "state"
    HISTORY = "history"
    TYPES = "types"
    HEARTBEAT = "heartbeat"
    SERIALIZED = "serialized"
    SETTINGS = "settings"
    SCHEDULE = "schedule"
    OUTLINE = "outline"
    OVERRIDES = "overrides"
