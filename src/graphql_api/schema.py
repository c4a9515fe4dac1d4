"""The whole schema. tests/unit/graphql_api/schema.graphql shows it."""

from graphql import GraphQLFloat, GraphQLObjectType, GraphQLSchema

from graphql_api.mutations.agents import agent_mutations
from graphql_api.mutations.api_keys import api_key_mutations
from graphql_api.mutations.artifacts import artifact_mutations
from graphql_api.mutations.backfills import backfill_mutations
from graphql_api.mutations.bulk_changes import bulk_mutations
from graphql_api.mutations.concurrency_limits import limit_mutations
from graphql_api.mutations.dialects import mutation_fields
from graphql_api.mutations.flow_changes import flow_change_mutations
from graphql_api.mutations.flow_groups import flow_group_mutations
from graphql_api.mutations.flow_runs import flow_run_mutations
from graphql_api.mutations.flows import flow_mutations
from graphql_api.mutations.group_schedules import group_schedule_mutations
from graphql_api.mutations.late_runs import late_run_mutations
from graphql_api.mutations.logs import log_mutations
from graphql_api.mutations.payloads import Payloads
from graphql_api.mutations.projects import project_mutations
from graphql_api.mutations.schedules import schedule_mutations, schedule_preview_field
from graphql_api.mutations.secrets import secret_mutations, secret_queries
from graphql_api.mutations.task_runs import mapped_children_field, task_run_info_field, task_run_mutations
from graphql_api.mutations.tenants import tenant_mutations
from graphql_api.permissions.checking import minding_projects
from graphql_api.queries.caller import caller_fields, usage_fields
from graphql_api.queries.downstream import downstream_field
from graphql_api.queries.fields import query_fields
from graphql_api.queries.overview import overview_fields
from graphql_api.queries.read_types import ReadTypes
from graphql_api.queries.runs_of_key import runs_of_key_field


def build_schema() -> GraphQLSchema:
    """Return the schema. Building it takes some ten milliseconds, once a process.

    The schema is not validated here, because a validation takes as long as a request. A test validates it.
    """
    types = ReadTypes()
    payloads = Payloads(types)
    mutations = (
        *project_mutations(payloads),
        *tenant_mutations(payloads),
        *flow_mutations(payloads),
        *flow_change_mutations(payloads),
        *flow_group_mutations(payloads),
        *group_schedule_mutations(payloads),
        *schedule_mutations(payloads),
        *backfill_mutations(payloads),
        *late_run_mutations(),
        *flow_run_mutations(payloads),
        *bulk_mutations(types),
        *task_run_mutations(payloads),
        *agent_mutations(payloads),
        *log_mutations(payloads),
        *secret_mutations(payloads),
        *artifact_mutations(payloads),
        *limit_mutations(payloads),
        *api_key_mutations(payloads),
    )
    query = {
        **query_fields(types),
        **caller_fields(),
        **secret_queries(),
        **overview_fields(),
        **usage_fields(),
        "flow_runs_of_key": runs_of_key_field(types),
        "schedule_preview": minding_projects(schedule_preview_field()),
        "mapped_children": minding_projects(mapped_children_field()),
        "utility_downstream_tasks": downstream_field(types),
        "get_task_run_info": minding_projects(task_run_info_field(payloads.task_run_info)),
    }
    return GraphQLSchema(
        query=GraphQLObjectType("Query", query),
        mutation=GraphQLObjectType("Mutation", mutation_fields(mutations)),
        # No field uses GraphQLFloat, but a variable inside a JSON literal may be declared as one.
        types=[GraphQLFloat],
        assume_valid=True,
    )
