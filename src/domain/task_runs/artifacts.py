"""Artifacts of task runs: links, texts and the like, to be shown with the task run that made them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One artifact; `kind` says how `data` is meant, such as `link` or `markdown`."""

    id: str
    tenant_id: str
    flow_run_id: str
    task_run_id: str
    kind: str
    data: Any
    created: datetime
    updated: datetime
