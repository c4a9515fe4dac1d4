"""The entity of the audit trail."""

from typing import Final

from operations.reads.entities.description import (
    ID,
    JSON,
    STRING,
    TENANT_ID,
    TIME,
    TO_TENANT,
    UUID,
    Column,
    Entity,
    named,
)
from operations.reads.plans.audit_plans import plan_audit_entries

AUDIT_ENTRY: Final = Entity(
    "audit_entry",
    "A change that a caller asked for.",
    {
        **ID,
        **TENANT_ID,
        "created": Column(TIME, named("created"), "The time at which it was asked for."),
        "mutation": Column(STRING, named("mutation"), "The name of the mutation, in snake_case."),
        "by": Column(
            STRING, named("author.name"), "Who asked for it: the name of an API key, `operator`, `anonymous`."
        ),
        "by_key_id": Column(
            UUID, named("author.key_id"), "The API key that was used; null if none was.", nullable=True
        ),
        "targets": Column(
            JSON,
            lambda entry: list(entry.targets),
            "The ids in the input, and the name of what has no id; of a filter its columns, and the ids for "
            "which it asks. At most ten. Never a value.",
        ),
        "outcome": Column(
            STRING,
            named("outcome.value"),
            "`begun`: it was done, unless the function died in that moment. `refused`: it was refused, or "
            "found nothing to change. `unknown`: it failed where some of it may have been done.",
        ),
        "code": Column(
            STRING,
            named("code"),
            "The code of the error; null if there was none.",
            nullable=True,
        ),
        "source_ip": Column(STRING, named("origin.source_ip"), "The address that sent the request."),
        "user_agent": Column(
            STRING, named("origin.user_agent"), "The program that sent the request, by its own word."
        ),
        "request_id": Column(
            STRING, named("origin.request_id"), "The id of the request, which its lines in the log have, too."
        ),
    },
    TO_TENANT,
    plan=plan_audit_entries,
    newest_by="created",
)
