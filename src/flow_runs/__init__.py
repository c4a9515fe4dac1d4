"""The client of Flow Runs: `from flow_runs import Client`."""

from flow_runs.backfills import BackfillInfo, BackfillPlan
from flow_runs.bulk_calls import Portions
from flow_runs.bulk_changes import ChangedRuns, FailedChange
from flow_runs.client import Client
from flow_runs.errors import (
    AnswerLostError,
    ApiError,
    BadUserInputError,
    ConfigurationError,
    ConnectionFailedError,
    DataTooNewError,
    FlowRunsError,
    ForbiddenError,
    IdempotencyKeyReusedError,
    NotFoundError,
    PayloadTooLargeError,
    RateLimitedError,
    RefusedError,
    ServerFailedError,
    ServiceError,
    UnauthenticatedError,
    UnexpectedAnswerError,
    VersionLockError,
    WaitTimeoutError,
)
from flow_runs.keys import ApiKeyInfo, NewApiKey, RotatedApiKey
from flow_runs.logs import LogEntry
from flow_runs.models import AgentInfo, FlowInfo, FlowRunInfo, FlowRunState, ProjectInfo
from flow_runs.retries import RetryPolicy
from flow_runs.run_filters import RunFilter
from flow_runs.schedules import ClearedRuns, PreviewedOccurrence, ScheduleInfo, SkippedOccurrence
from flow_runs.states import State
from flow_runs.version import __version__

__all__ = [
    "AgentInfo",
    "AnswerLostError",
    "ApiError",
    "ApiKeyInfo",
    "BackfillInfo",
    "BackfillPlan",
    "BadUserInputError",
    "ChangedRuns",
    "ClearedRuns",
    "Client",
    "ConfigurationError",
    "ConnectionFailedError",
    "DataTooNewError",
    "FailedChange",
    "FlowInfo",
    "FlowRunInfo",
    "FlowRunState",
    "FlowRunsError",
    "ForbiddenError",
    "IdempotencyKeyReusedError",
    "LogEntry",
    "NewApiKey",
    "NotFoundError",
    "PayloadTooLargeError",
    "Portions",
    "PreviewedOccurrence",
    "ProjectInfo",
    "RateLimitedError",
    "RefusedError",
    "RetryPolicy",
    "RotatedApiKey",
    "RunFilter",
    "ScheduleInfo",
    "ServerFailedError",
    "ServiceError",
    "SkippedOccurrence",
    "State",
    "UnauthenticatedError",
    "UnexpectedAnswerError",
    "VersionLockError",
    "WaitTimeoutError",
    "__version__",
]
