"""Artifacts of task runs: links, texts and the like, shown with the task run that created them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.lazy import Lazy


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """An artifact; `kind` is the meaning of `data`, such as `link` or `markdown`."""

    id: str
    tenant_id: str
    flow_run_id: str
    task_run_id: str
    kind: str
    data: Lazy[Any]
    created: datetime
    updated: datetime
