/** The operations that GraphiQL opens with. */
export const EXAMPLES = [
  {
    query: `# The newest flow runs
query NewestRuns {
  flow_run(order_by: {created: desc}, limit: 10) {
    id
    name
    state
    version
    flow { name project { name } }
  }
}
`,
  },
  {
    query: `# One run by an idempotency key: sent again, it returns the same run
mutation Run($flow: UUID!, $key: String) {
  create_flow_run(input: {flow_id: $flow, idempotency_key: $key}) {
    id
  }
}
`,
    variables: `{"flow": "", "key": "my-key"}`,
  },
];
