"""The payload of a rule for objects in S3: the flow run that an object asks for when it arrives.

EventBridge delivers the event of S3 at least once, and S3 sends it at least once. The sequencer is S3's own
number of each write to a key, so all deliveries have the same one, and the next write of the key another one.
"""

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.flow_runs.occurrences import Occurrence
from domain.json_types import JsonObject
from domain.times import parse_time
from handlers.asked_run import AskedRun

# The name in the run's context.
_IN_CONTEXT: Final = "s3_object"


class _Part(BaseModel):
    """A part of S3's event, which may get more fields at any time."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class _Bucket(_Part):
    name: str = Field(min_length=1)


class _Object(_Part):
    key: str = Field(min_length=1)
    size: int | None = None
    etag: str | None = None
    version_id: str | None = Field(None, alias="version-id")
    sequencer: str = Field(min_length=1)


class _Detail(_Part):
    bucket: _Bucket
    object: _Object


class ObjectCreated(_Part):
    """The event that S3 sends to EventBridge when an object has been written."""

    source: Literal["aws.s3"]
    detail_type: Literal["Object Created"] = Field(alias="detail-type")
    time: str
    detail: _Detail

    @property
    def facts(self) -> dict[str, Any]:
        """What a run may get to know about the object."""
        written = self.detail.object
        return {
            "bucket": self.detail.bucket.name,
            "key": written.key,
            "size": written.size,
            "etag": written.etag,
            "version_id": written.version_id,
        }


class ObjectRun(AskedRun):
    """A run that an object asks for. `object_parameters` says which parameters get what of it."""

    event: ObjectCreated
    object_parameters: dict[str, Literal["bucket", "key", "size", "etag", "version_id"]] | None = None

    @property
    def occurrence(self) -> Occurrence:
        """The identity of the write. It does not depend on the time, which says only when the run is due."""
        written = self.event.detail.object
        place = f"s3://{self.event.detail.bucket.name}/{written.key}"
        mark = " ".join([written.sequencer, written.etag or "", written.version_id or ""])
        return Occurrence(f"{place} {self.flow}", parse_time(self.event.time, "event.time"), mark)

    @property
    def run_parameters(self) -> JsonObject | None:
        """The parameters of the event, and those that get something of the object."""
        if not self.object_parameters:
            return self.parameters
        facts = self.event.facts
        return {
            **(self.parameters or {}),
            **{name: facts[fact] for name, fact in self.object_parameters.items()},
        }

    @property
    def run_context(self) -> JsonObject | None:
        """The context of the event, and the object."""
        return {**(self.context or {}), _IN_CONTEXT: self.event.facts}
