"""The part of an event that says which flow run it asks for, whatever the event is about."""

from abc import abstractmethod
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from domain.flow_runs.occurrences import Occurrence
from domain.json_types import JsonObject


class AskedRun(BaseModel):
    """A run that an event asks for. Each name may be in camelCase or in snake_case.

    It is for the home tenant unless it names another.
    """

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=True
    )

    tenant_id: str | None = None
    flow_id: str | None = None
    version_group_id: str | None = None
    flow_name: str | None = None
    project_name: str | None = None
    parameters: dict[str, Any] | None = None
    context: dict[str, Any] | None = None
    labels: list[str] | None = None
    run_config: dict[str, Any] | None = None
    flow_run_name: str | None = None

    @property
    def flow(self) -> str:
        """The flow, as the event spells it.

        It is part of each occurrence, so that two targets of one rule create a run each. The flow's version
        is not part of it, so that a registration between two deliveries does not create a second run.
        """
        return self.flow_id or self.version_group_id or f"{self.project_name}/{self.flow_name}"

    @property
    @abstractmethod
    def occurrence(self) -> Occurrence:
        """The identity of the event, by which a second delivery is recognised. Raises BadUserInput."""

    @property
    def run_parameters(self) -> JsonObject | None:
        """The parameters that the event gives to the run."""
        return self.parameters

    @property
    def run_context(self) -> JsonObject | None:
        """The context that the event gives to the run."""
        return self.context
