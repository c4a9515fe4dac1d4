"""Requests of callers that are limited to some projects: what they name of others is as if it did not exist.

An id of another project's thing is replaced, before anything is done, by an id that nothing has. So the
answer is that to an unknown id, whatever that is, in each mutation of today and of tomorrow. The answer shows
the id that was sent.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple, TypeVar

from domain.errors import BadUserInput, FlowRunsError, Forbidden
from graphql_api.mutations.inputs import MutationInput
from graphql_api.permissions.subjects import OF_LOGS, REGISTERING, SUBJECTS, TENANT_WIDE
from operations.access.subjects import Subject, foreign
from operations.context import Context

T = TypeVar("T")
Given = TypeVar("Given", bound=MutationInput)
# Messages show so much of a version group.
_SHOWN: Final = 100
# The digits of an id that are random, 12 and 32 bits: neither its time nor the number at its end.
_RANDOM: Final = (slice(20, 23), slice(24, 32))
_RANDOM_BITS: Final = 44
_LENGTH: Final = 36


class _Named(NamedTuple):
    """A place of an input that names something."""

    values: dict[str, Any]
    field: str
    subject: Subject


def resolve_within(context: Context, name: str, given: Given, resolve: Callable[[Context, Given], T]) -> T:
    """Resolve the mutation of this name for a caller that is limited to some projects.

    Raises Forbidden if it would change what all projects share, and what the mutation raises.
    """
    if name in TENANT_WIDE:
        raise Forbidden(
            f"{name} concerns all projects; this key is limited to some of them.",
            {"field": name},
        )
    named = list(_named(given.__dict__, is_of_logs=name in OF_LOGS))
    if name in REGISTERING:
        _check_registration(context, named)
    return _within(context, named, lambda: resolve(context, given))


def resolve_field_within(context: Context, arguments: dict[str, Any], resolve: Callable[..., T]) -> T:
    """Resolve a field of Query for a caller that is limited to some projects. Raises what that raises."""
    named = list(_named(arguments, is_of_logs=False))
    return _within(context, named, lambda: resolve(**arguments))


def _named(values: dict[str, Any], *, is_of_logs: bool) -> Iterator[_Named]:
    for field, value in values.items():
        if isinstance(value, list) and value and isinstance(value[0], MutationInput):
            for item in value:
                yield from _named(item.__dict__, is_of_logs=is_of_logs)
        elif value is not None and field in SUBJECTS and not (is_of_logs and field == "task_run_id"):
            yield _Named(values, field, SUBJECTS[field])


def _check_registration(context: Context, named: list[_Named]) -> None:
    """Raise an error if a flow would be registered outside of the caller's projects.

    A version group has one name in the tenant, so that this one cannot be as if it did not exist.
    """
    for values, field, subject in named:
        if subject is Subject.VERSION_GROUP and foreign(context, subject, [values[field]]):
            raise Forbidden(
                "version_group_id: its flows are not in the projects to which the key is limited.",
                {"field": field},
            )
    if not any(subject is Subject.PROJECT for _, _, subject in named):
        raise BadUserInput(
            "project_id: a key that is limited to projects must name the project of a new flow.",
            {"field": "project_id"},
        )


def _within(context: Context, named: list[_Named], resolve: Callable[[], T]) -> T:
    """Resolve a field with other ids in the place of those that the caller may not know of."""
    replaced = _replace(context, named)
    if not replaced:
        return resolve()
    try:
        return _reworded(resolve(), replaced)
    except FlowRunsError as error:
        error.reword(lambda text: _with_given(text, replaced))
        raise


def _replace(context: Context, named: list[_Named]) -> dict[str, str]:
    """Replace the ids of what is foreign. Return the given ones by those that took their places."""
    of_subject: dict[Subject, list[_Named]] = defaultdict(list)
    for place in named:
        of_subject[place.subject].append(place)
    replaced: dict[str, str] = {}
    for subject, places in of_subject.items():
        unseen = foreign(context, subject, [place.values[place.field] for place in places])
        unknown = {given: _unknown(context, subject, given) for given in unseen}
        replaced |= {other: given for given, other in unknown.items()}
        for values, field, _ in places:
            values[field] = unknown.get(values[field], values[field])
    return replaced


def _unknown(context: Context, subject: Subject, given: str) -> str:
    """Return a name of the same kind, and of the same time, that nothing has.

    It is drawn anew in each request. If it followed from what was given, somebody could look for an id whose
    replacement is that of a thing that exists.
    """
    if subject is Subject.VERSION_GROUP:
        return f"{context.random_bits(4 * _LENGTH):0{_LENGTH}x}"
    first, second = _RANDOM
    digits = f"{context.random_bits(_RANDOM_BITS):011x}"
    return f"{given[: first.start]}{digits[:3]}-{digits[3:]}{given[second.stop :]}"


def _with_given(text: str, replaced: dict[str, str]) -> str:
    """Return a text with the names that were given, which a message may quote and cut."""
    for unknown, given in replaced.items():
        text = text.replace(repr(unknown), repr(given[:_SHOWN])).replace(unknown, given)
        if len(unknown) == len(given) == _LENGTH:  # also the owner of a member whose id was given
            stop = _RANDOM[-1].stop
            text = text.replace(unknown[:stop], given[:stop])
    return text


def _reworded(found: T, replaced: dict[str, str]) -> T:
    """Return a payload with the names that were given."""
    value: Any = found
    if isinstance(value, str):
        value = _with_given(value, replaced)
    elif isinstance(value, dict):
        value = {key: _reworded(item, replaced) for key, item in value.items()}
    elif isinstance(value, list):
        value = [_reworded(item, replaced) for item in value]
    shown: T = value
    return shown
