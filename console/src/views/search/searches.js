const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const RUN = "id name state created flow { id name }";

const BY_ID = `
query SearchById($id: UUID!) {
  run: flow_run_by_pk(id: $id) { ${RUN} }
  task_run: task_run_by_pk(id: $id) { id name state created flow_run_id }
  flow: flow_by_pk(id: $id) { id name created }
}`;
const BY_TEXT = `
query Search($text: String!) {
  runs: flow_run(where: {name: {_eq: $text}}, order_by: {created: desc}, limit: 20) { ${RUN} }
  flows: flow(where: {archived: {_eq: false}, name: {_eq: $text}}, limit: 20) { id name created }
  projects: project(where: {name: {_eq: $text}}) { id name }
}`;

/** Looks a key up in the flows that are current, some hundred with each request. */
export const BY_KEY = `
query SearchByKey($key: String!, $after: String) {
  found: flow_runs_of_key(idempotency_key: $key, after: $after) { rows { ${RUN} } next looked_at }
}`;
/** How many characters a key may have. */
export const LONGEST_KEY = 2048;

/**
 * Return the request that looks for a text: by id if it is one, else by name.
 * @param {string} text
 */
export function searchOf(text) {
  return UUID.test(text)
    ? { document: BY_ID, variables: { id: text } }
    : { document: BY_TEXT, variables: { text } };
}
