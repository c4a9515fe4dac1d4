"""docs/api.md agrees with the code: its tables, error codes and limits."""

import re
from pathlib import Path

import pytest

from domain import memory, names, sizes, work_bounds
from domain.access import secrets
from domain.concurrency import limits as concurrency
from domain.errors import ClientLeft, FlowRunsError
from domain.flow_runs import bulk_changes, flow_runs, idempotency, states
from domain.schedules.rules import pauses
from domain.task_runs import logs
from graphql_api.errors import INTERNAL, PARSE_FAILED, VALIDATION_FAILED
from graphql_api.language import document_limits as limits
from graphql_api.language import introspection_limits, json_literals, json_text, variable_limits
from graphql_api.mutations import states as state_mutations
from graphql_api.mutations.dialects import camel_case
from graphql_api.schema import build_schema
from handlers import http_api
from handlers.http import body as http_body
from handlers.http import response as http_response
from operations.context import MOST_ROWS
from operations.flow_runs import bulk_changing
from operations.flows import compressed
from operations.reads import arguments, loading, log_portions, portions
from operations.reads.counts import counts, over_time, unfinished
from operations.reads.plans import search
from operations.reads.plans.flow_runs import waiting_plans
from operations.reads.plans.task_runs import artifact_plans, log_plans, task_run_plans
from storage.dynamodb import retries
from storage.flows import flow_items
from storage.histories.stateless_writes import HEARTBEAT_KEPT_SECONDS
from storage.layout import codec
from storage.logs import log_items
from storage.queue import waiting_sets
from tests.unit.project.api_tables import tables
from tests.unit.template import template

DOCUMENT = Path(__file__).parents[3] / "docs" / "api.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")
PLACES = dict(re.findall(r"^<!-- ([^>\n]+) -->\n(.*?)\n?<!-- end -->$", TEXT, re.MULTILINE | re.DOTALL))
# These types are described in sentences.
WITHOUT_TABLE = {
    "fields of Query",
    "fields of Mutation",
    "fields of api",
    "fields of auth_info",
    "fields of authInfo",
    "fields of mapped_children",
}
TIMEOUT = template()["Resources"]["GraphqlFunction"]["Properties"]["Timeout"]
PAYLOADS = re.compile(r"fields of .*(_payload|_aggregate|_aggregate_fields|_min_fields|_max_fields)")


@pytest.mark.parametrize("name", sorted(PLACES))
def test_table_equals_the_schema(name):
    assert PLACES[name] == tables().get(name), "run scripts/update-api-tables"


def test_every_mutation_and_every_entity_has_a_table():
    needed = {name for name in tables() if not PAYLOADS.fullmatch(name)} - WITHOUT_TABLE

    missing = "\n".join(f"<!-- {name} -->\n<!-- end -->" for name in sorted(needed - set(PLACES)))
    hint = f"put these marks below a heading of docs/api.md, then run scripts/update-api-tables:\n{missing}"
    assert needed - set(PLACES) == set(), hint
    assert set(PLACES) - needed == set(), "these marks of docs/api.md name no type of the schema"


def test_heading_of_a_mutation_has_both_dialects():
    mutation_type = build_schema().mutation_type
    assert mutation_type is not None
    headings = re.findall(r"^### (\w+)(?: · (\w+))?$", TEXT, re.MULTILINE)
    wrong = {
        name: twin
        for name, twin in headings
        if name in mutation_type.fields and (twin or name) != twin_of(name, mutation_type.fields)
    }

    assert headings
    assert wrong == {}, "write the heading as: ### set_flow_run_name · setFlowRunName"


def twin_of(name, fields):
    """Return the camelCase name of a mutation, or its own name if it has no twin."""
    return camel_case(name) if camel_case(name) in fields else name


def test_every_error_code_is_explained():
    def codes(kind):
        return {kind.code}.union(*(codes(subclass) for subclass in kind.__subclasses__()))

    explained = set(re.findall(r"`([A-Z_]+)`", section("Errors")))
    received = codes(FlowRunsError) - {ClientLeft.code}  # whoever has left gets no error
    assert explained >= received | {INTERNAL, PARSE_FAILED, VALIDATION_FAILED}


def section(name):
    return TEXT.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


# The first words of each row of the table of limits, and its numbers.
LIMITS = [
    ("a request's body", [http_body.MAX_REQUEST_BODY]),
    ("a response", [http_response.MAX_RESPONSE]),
    ("… before it is compressed", [http_response.MAX_BODY]),
    ("[memory](#memory)", [memory.MAX_MEMORY, memory.MAX_READ]),
    ("memory of a request's body", [json_text.MAX_MEMORY]),
    ("a document", [limits.MAX_SOURCE_LENGTH, limits.MAX_TOKENS, limits.MAX_COMMENTS]),
    (
        "… with its fragments",
        [
            limits.MAX_DEPTH,
            limits.MAX_ROOT_FIELDS,
            limits.MAX_ALIASES,
            limits.MAX_FIELDS,
            limits.MAX_FRAGMENTS,
        ],
    ),
    ("… written in", [limits.MAX_VALUES_BELOW_ROOT]),
    ("… asked about", [introspection_limits.MAX_INTROSPECTED, 30_000]),
    ("lists and objects", [variable_limits.MAX_VARIABLE_VALUES, 3, variable_limits.USES_BELOW_ROOT]),
    ("nesting", [json_text.MAX_NESTING]),
    ("a whole number", [json_text.MAX_DIGITS]),
    ("numbers that cannot be kept", [json_text.MAX_UNKEPT]),
    ("lines of comments", [limits.MAX_COMMENTS]),
    ("a list's", [arguments.MAX_LIMIT, arguments.MAX_OFFSET]),
    ("terms", [arguments.MAX_TERMS]),
    (
        "a filter",
        [arguments.MAX_LEVELS, arguments.MAX_VALUES, arguments.MAX_PARTS, arguments.MAX_TEXT],
    ),
    ("[work of a request]", [work_bounds.MAX_UNITS]),
    ("names in variables", [variable_limits.MAX_UNKNOWN_NAMES, variable_limits.MAX_UNKNOWN_NAME]),
    ("[work of a request's changes]", [work_bounds.MAX_UNITS_OF_CHANGES]),
    ("uses of a variable", [json_literals.MAX_USES]),
    ("flow runs", [MOST_ROWS]),
    ("rows", [search.MAX_ROWS]),
    ("keys of waiting", [waiting_plans.MAX_WAITING_KEYS, waiting_sets.MAX_SETS]),
    (
        "hours or days",
        [over_time.MAX_BUCKETS, over_time.MAX_GROUPS, over_time.MAX_KEYS, unfinished.MAX_READ],
    ),
    ("runs counted", [counts.MAX_COUNTED_KEYS]),
    ("objects with", [loading.MAX_OWNERS]),
    ("characters of stored values", [work_bounds.MAX_CHARACTERS]),
    ("items that", [work_bounds.MAX_ITEMS]),
    (
        "values that a filter",
        [
            search.MAX_ROWS,
            artifact_plans.MAX_FOLLOWED_RUNS,
            log_plans.MAX_FLOW_RUNS,
            task_run_plans.MAX_CACHED_UNDER,
        ],
    ),
    ("all rows", [work_bounds.MAX_ROWS]),
    ("reads of the database", [work_bounds.MAX_READS]),
    ("reads of the secret store", [secrets.MAX_SECRET_READS]),
    ("a request's time", [TIMEOUT, TIMEOUT - int(http_api.RESERVE_SECONDS + retries.LONGEST_CALL)]),
    ("`states`", [state_mutations.MAX_STATES]),
    ("matching runs", [bulk_changing.MOST_RUNS, portions.MOST_LOOKED_AT, portions.MOST_WITH_LISTS]),
    ("the message with which", [bulk_changes.LONGEST_MESSAGE]),
    ("a name", [names.MAX_NAME_LENGTH]),
    ("a concurrency limit", [concurrency.MAX_SLOTS]),
    ("… limits that hold", [concurrency.MAX_LIMITS_OF_ONE, concurrency.MAX_TAGS]),
    ("an idempotency key", [idempotency.MAX_KEY_LENGTH]),
    ("a state's", [sizes.KEPT_VALUE.bytes, sizes.KEPT_VALUE.memory, codec.MAX_PAYLOAD]),
    ("a run's", [sizes.KEPT_VALUE.bytes, sizes.KEPT_VALUE.memory, codec.MAX_PAYLOAD]),
    ("entries that", [logs.MAX_ENTRIES]),
    (
        "a log entry",
        [
            logs.MAX_MESSAGE,
            log_items.KEPT_BATCH.bytes,
            log_items.KEPT_BATCH.memory,
            log_items.MAX_BATCH_BYTES,
        ],
    ),
    ("entries of", [log_plans.MAX_LOGS, log_plans.MAX_CHARACTERS]),
    (
        "… that a portion",
        [
            log_portions.MAX_ENTRIES,
            log_portions.MAX_CHARACTERS,
            log_portions.MAX_LIMIT,
            log_portions.MAX_RETURNED_BYTES,
        ],
    ),
    ("an artifact's", [sizes.KEPT_VALUE.bytes, sizes.KEPT_VALUE.memory, codec.MAX_PAYLOAD]),
    (
        "a flow's",
        [sizes.KEPT_FLOW.bytes, sizes.KEPT_FLOW.memory, flow_items.PART_BYTES * flow_items.MAX_PARTS],
    ),
    ("… its parameters", [sizes.KEPT_OUTLINE.bytes, sizes.KEPT_OUTLINE.memory, flow_items.PART_BYTES]),
    ("the note of a pause", [pauses.LONGEST_NOTE, pauses.LONGEST_NAME]),
    ("a flow group's", [sizes.KEPT_OF_GROUP.bytes, sizes.KEPT_OF_GROUP.memory]),
]


@pytest.mark.parametrize(("row", "numbers"), LIMITS)
def test_documented_limit_equals_the_code(row, numbers):
    (line,) = (line for line in section("Limits").splitlines() if line.startswith(f"| {row}"))

    assert re.findall(r"\d[\d,]*", line.split("|")[2]) == [f"{number:,}" for number in numbers]


def test_every_documented_limit_is_compared():
    rows = [line for line in section("Limits").splitlines() if line.startswith("| ")]

    assert len(rows) == 1 + len(LIMITS)


def test_documented_lifetimes_equal_the_code():
    assert idempotency.CLIENT_KEY_LIFETIME.total_seconds() == 24 * 3600
    assert "until 24 hours after its last use" in TEXT
    assert HEARTBEAT_KEPT_SECONDS == 7 * 24 * 3600
    assert "forgotten after 7 days" in TEXT.replace("\n", " ")


def test_cancelled_run_has_the_documented_state():
    def cancelled_from(name):
        cancelled = flow_runs.cancelled_from(states.State({"type": name}))
        return cancelled and cancelled.type

    assert cancelled_from("Running") == "Cancelling"
    assert cancelled_from("Scheduled") == "Cancelled"
    assert cancelled_from("Success") is None


def test_json_of_the_largest_flow_can_be_read():
    assert compressed.MAX_FLOW_BYTES == sizes.KEPT_FLOW.bytes < codec.MAX_UNPACKED
    assert sizes.KEPT_FLOW.memory < json_text.MAX_MEMORY < memory.MAX_MEMORY


def test_large_request_is_documented():
    assert f"hold more than {memory.LIGHT:,} bytes" in TEXT
