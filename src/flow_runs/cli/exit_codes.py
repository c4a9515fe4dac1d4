"""The exit codes, on which scripts rely, and the errors behind them."""

from enum import IntEnum
from typing import Final

from flow_runs.errors import (
    ConfigurationError,
    DataTooNewError,
    FlowRunsError,
    ForbiddenError,
    IdempotencyKeyReusedError,
    NotFoundError,
    RefusedError,
    ServiceError,
    UnauthenticatedError,
    UnexpectedAnswerError,
    VersionLockError,
)


class ExitCode(IntEnum):
    """The exit code of a command."""

    OK = 0
    RUN_FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    CONFLICT = 4
    SERVICE = 5
    DENIED = 6
    INTERRUPTED = 130


HELP: Final = """Exit codes:

0  done; with --watch: the run ended well

1  with --watch: the run failed or was cancelled

2  an option or a value cannot be used

3  there is no such run, flow or project

4  a conflict: the version is not the current one, or the key was used with other inputs

5  the service could not be reached or could not answer; trying again later may help

6  the token is missing, unknown or not allowed to do this

130  interrupted by Ctrl-C; a run that was watched goes on"""

# The first line whose class matches decides.
_BY_ERROR: Final[tuple[tuple[type[FlowRunsError], ExitCode], ...]] = (
    (NotFoundError, ExitCode.NOT_FOUND),
    (VersionLockError, ExitCode.CONFLICT),
    (IdempotencyKeyReusedError, ExitCode.CONFLICT),
    (UnauthenticatedError, ExitCode.DENIED),
    (ForbiddenError, ExitCode.DENIED),
    (DataTooNewError, ExitCode.SERVICE),
    (RefusedError, ExitCode.USAGE),
    (ConfigurationError, ExitCode.USAGE),
    (ServiceError, ExitCode.SERVICE),
    (UnexpectedAnswerError, ExitCode.SERVICE),
)


def exit_code_for(error: FlowRunsError) -> ExitCode:
    """Return the exit code of a command that ended in this error."""
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), ExitCode.SERVICE)
