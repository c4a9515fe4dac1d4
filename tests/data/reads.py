"""The queries of a data file. Every later release must respond as the file's own release did."""

from collections.abc import Sequence

_STATES = """
states(order_by: {version: asc}) { version timestamp state message start_time serialized_state }
"""
_WAITS = ("Scheduled", "Retrying", "Paused", "Resume", "Queued")
FIRST = (
    "{ project(order_by: {name: asc}) { id name description created } }",
    """{ flow(order_by: {id: asc}) {
        id name version archived created parameters storage environment run_config schedule description
        is_schedule_active version_group_id flow_group_id serialized_flow project { id name }
        tasks { slug name type max_retries retry_delay mapped }
    } }""",
    """{ flow_run(order_by: {created: asc}) {
        id name version created updated state state_message state_timestamp state_start_time serialized_state
        labels parameters context run_config idempotency_key scheduled_start_time auto_scheduled start_time
        end_time heartbeat flow_id flow { id name project { name } }
        STATES
    } }""".replace("STATES", _STATES),
    "{ flow_run_aggregate { aggregate { count } } }",
    *(
        f'{{ flow_run(where: {{state: {{_eq: "{state}"}}}}, order_by: {{created: desc}}) {{ id state }} }}'
        for state in (*_WAITS, "Submitted", "Running", "Cancelling")
    ),
    """{ flow_run(where: {state: {_in: ["Failed", "Cancelled", "TimedOut"]}}, order_by: {created: asc}) {
        id state
    } }""",
    '{ flow_run(where: {state: {_eq: "Scheduled"}}, order_by: {state_start_time: asc}) { id } }',
)
SECOND = (
    """{ flow(order_by: {id: asc}) {
        id settings tasks { id slug } edges(order_by: {id: asc}) { key mapped }
        flow_group { id name description labels run_config default_parameters settings }
        flow_runs(order_by: {created: desc}) { id } flow_runs_aggregate { aggregate { count } }
    } }""",
    """{ flow_run(order_by: {created: asc}) {
        id agent_id times_resurrected
        task_runs(order_by: {id: asc}) {
            id name version created updated state state_message state_timestamp state_start_time
            serialized_state start_time end_time heartbeat map_index cache_key flow_run_id task_id
            task { id slug }
        STATES
        }
        logs(order_by: {timestamp: asc}) { timestamp message level name info task_run_id }
    } }""".replace("STATES", _STATES),
    """{ task_run(where: {state: {_eq: "Cached"}}, order_by: {state_timestamp: desc}) {
        id state task_id cache_key
    } }""",
    '{ task_run(where: {state: {_eq: "Cached"}, cache_key: {_eq: "shared"}}) { id serialized_state } }',
    "{ agent { id name type labels last_queried agent_config { name settings } } key_value { key value } }",
    "{ task_tag_limit { tag limit used } flow_concurrency_limit { name limit used } }",
    "{ auth_api_key { id name created expires_at } api_token { id name created scope } }",
)

THIRD = (
    "{ flow_run(order_by: {id: asc}) { id name } }",
    *(
        f'{{ flow_run(where: {{name: {{_eq: "{name}"}}}}, order_by: {{created: desc}}) {{ id name }} }}'
        for name in ("a later name", "Ünïcode ☃", "planned in 1 h", "brave-otter")
    ),
    '{ flow_run_aggregate(where: {name: {_eq: "a later name"}}) { aggregate { count } } }',
    """{ flow_run(where: {end_time: {_is_null: false}}, order_by: {end_time: desc}, limit: 3) {
        id end_time
    } }""",
)


def of(stories: Sequence[str]) -> list[str]:
    """Return the queries that are sent after these stories."""
    return [query for story in stories for query in {"first": FIRST, "second": SECOND, "third": THIRD}[story]]
