"""The part of the service's schema that the measured documents use, as text for other libraries."""

from typing import Final

SDL: Final = """
scalar UUID
scalar DateTime
scalar JSON

type Query {
  flow_run_by_pk(id: UUID!): flow_run
  flow_run(where: flow_run_bool_exp, order_by: [flow_run_order_by!], limit: Int, offset: Int): [flow_run!]!
}

type Mutation {
  create_flow_run(input: create_flow_run_input!): flow_run_id_payload
  set_flow_run_states(input: set_flow_run_states_input!): set_flow_run_states_payload
  get_runs_in_queue(input: get_runs_in_queue_input!): runs_in_queue_payload
}

type project { id: UUID name: String }
type flow { id: UUID name: String project: project }

type flow_run {
  id: UUID
  name: String
  flow_id: UUID
  state: String
  version: Int
  labels: JSON
  parameters: JSON
  context: JSON
  serialized_state: JSON
  created: DateTime
  scheduled_start_time: DateTime
  flow: flow
}

type flow_run_id_payload { id: UUID flow_run: flow_run }
type set_flow_run_state_payload { id: UUID status: String message: String version: Int }
type set_flow_run_states_payload { states: [set_flow_run_state_payload!]! }
type runs_in_queue_payload { flow_run_ids: [UUID!]! }

enum order_by { asc desc }
input flow_run_order_by { created: order_by name: order_by state: order_by }
input UUID_comparison_exp { _eq: UUID _in: [UUID!] }
input flow_run_bool_exp { _and: [flow_run_bool_exp!] id: UUID_comparison_exp }

input create_flow_run_input {
  flow_id: UUID
  version_group_id: String
  parameters: JSON
  context: JSON
  labels: [String!]
  run_config: JSON
  flow_run_name: String
  scheduled_start_time: DateTime
  idempotency_key: String
}

input set_flow_run_states_input_states { flow_run_id: UUID! version: Int state: JSON! }
input set_flow_run_states_input { states: [set_flow_run_states_input_states!]! }
input get_runs_in_queue_input { before: DateTime labels: [String!] tenant_id: UUID }
"""
