"""The step of a start that brings data of an earlier release into the form of this release."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from domain.errors import FlowRunsError
from local_server.errors import StartError
from operations.migrating import migrate

if TYPE_CHECKING:
    from collections.abc import Callable

    from wiring import App

# A longer migration goes on while the server serves, because recovery continues it.
_SECONDS = 30.0


def prepare_data(*, is_new: bool, alone: bool, say: Callable[[str], None]) -> None:
    """Note the form of the data of a new table; migrate the data of an older one.

    `alone` says that no other server can use the data. Raises StartError for data of a later release.
    """
    from wiring import app  # noqa: PLC0415  (it reads the environment, so the environment is set first)

    try:
        if is_new:
            app().formats.note_new()
        _migrate(app(), alone=alone, say=say)
    except FlowRunsError as error:
        raise StartError(error.message) from error


def _migrate(app: App, *, alone: bool, say: Callable[[str], None]) -> None:
    context = app.context()
    if context.store.is_current:
        return
    deadline = time.monotonic() + _SECONDS
    done = False
    for record, piece in migrate(context, lambda: time.monotonic() < deadline, alone=alone):
        done = record.is_current
        for partition, fault in piece.faults.items():
            print(f"{partition} stays as it is: {fault!r}", file=sys.stderr, flush=True)  # noqa: T201
    say(
        "The data of an earlier release now has the form of this one."
        if done
        else "The data of an earlier release is being brought into the form of this one, which goes on."
    )
