"""The payload of an event, read strictly: the flow run that it asks for."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationError
from pydantic.alias_generators import to_camel

from domain.errors import BadUserInput
from domain.flow_runs.occurrences import Occurrence
from domain.odd_values import check_plain
from domain.times import parse_time
from handlers.asked_run import AskedRun
from handlers.object_run import ObjectRun

_PLAIN_RULE = "Scheduled Event"
# Of a message.
_MAX_FAULTS = 8
_MAX_NAME = 80


class ScheduledRun(AskedRun):
    """A run that a schedule asks for."""

    schedule: str = Field(min_length=1)
    scheduled_time: str

    @property
    def occurrence(self) -> Occurrence:
        """The identity of the event, by which a second delivery is recognised."""
        return Occurrence(f"{self.schedule} {self.flow}", parse_time(self.scheduled_time, "scheduledTime"))


def read_event(event: object) -> AskedRun:
    """Return the run of an event of EventBridge Scheduler or of a rule.

    A payload with an `event` is that of an object, any other one that of a schedule.

    Raises BadUserInput with each fault of the event.
    """
    if not isinstance(event, Mapping):
        raise BadUserInput(f"The event must be a JSON object, not {type(event).__name__}.")
    payload = _from_plain_rule(event) if "detail-type" in event else event
    kind = ObjectRun if "event" in payload else ScheduledRun
    _check_spelled_once(payload, kind)
    for name, value in payload.items():
        check_plain(value, _cut(str(name)))
    try:
        run = kind.model_validate(payload)
    except ValidationError as error:
        raise BadUserInput(_explain(error, kind)) from error
    _check_flow(run)
    return run


def _from_plain_rule(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the payload of a scheduled rule without a transformer: rule and time stand beside `detail`."""
    detail, resources = event.get("detail"), event.get("resources")
    if event.get("source") != "aws.events" or event["detail-type"] != _PLAIN_RULE:
        raise BadUserInput(
            f"Of EventBridge's own events only {_PLAIN_RULE!r} from aws.events makes runs: no other names an "
            "occurrence. Give the target an input transformer that sends the payload, with an object's event "
            "in `event`."
        )
    if not isinstance(detail, Mapping) or not isinstance(resources, list) or not resources:
        raise BadUserInput(
            "A scheduled event needs `detail` with the flow, and the rule's ARN in `resources`."
        )
    return {**detail, "schedule": resources[0], "scheduledTime": event.get("time")}


def _check_spelled_once(payload: Mapping[str, Any], kind: type[AskedRun]) -> None:
    # Only names of ours are looked at, because `to_camel` takes the square of a long name's length.
    names = ((name, to_camel(name)) for name in kind.model_fields)
    twice = sorted(name for name, camel in names if name != camel and {name, camel} <= payload.keys())
    if twice:
        raise BadUserInput(f"{twice[0]} and {to_camel(twice[0])} are the same; give one of them.")


def _check_flow(run: AskedRun) -> None:
    """Raise BadUserInput unless the run names its flow in exactly one way."""
    by_name = run.flow_name is not None or run.project_name is not None
    ways = [run.flow_id is not None, run.version_group_id is not None, by_name]
    if sum(ways) != 1 or (by_name and (run.flow_name is None or run.project_name is None)):
        raise BadUserInput(
            "Say which flow by one of three: flowId, versionGroupId, or flowName together with projectName."
        )


def _explain(error: ValidationError, kind: type[AskedRun]) -> str:
    """Return the first faults with their places on one line.

    pydantic's own text has many lines and quotes the inputs.
    """
    faults = []
    found = error.errors(include_url=False, include_context=False, include_input=False)
    for fault in found[:_MAX_FAULTS]:
        place = ".".join(_cut(str(part)) for part in fault["loc"])
        if fault["type"] == "extra_forbidden":
            known = ", ".join(to_camel(name) for name in kind.model_fields)
            faults.append(f"{place} is not known (known are {known})")
        else:
            faults.append(f"{place}: {fault['msg']}")
    if len(found) > _MAX_FAULTS:
        faults.append(f"and {len(found) - _MAX_FAULTS:,} more")
    return f"The event cannot be used: {'; '.join(faults)}."


def _cut(name: str) -> str:
    return name if len(name) <= _MAX_NAME else f"{name[:_MAX_NAME]}…"
