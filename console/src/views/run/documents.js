/** How many task runs, and how many children of a mapped one, are asked for at once. */
export const PAGE = 500;
export const CHILD_PAGE = 200;

const TASK_RUN = `id task_id map_index name state version start_time end_time run_count serialized_state
  states { version timestamp state }`;
const TASK = "id name slug mapped";
const UNMAPPED = `task_runs(where: {map_index: {_eq: -1}}, order_by: {id: asc}, limit: ${PAGE}, offset: $offset)`;
const CHILDREN_IN = `children: task_run(
    where: {flow_run_id: {_eq: $id}, task_id: {_eq: $task}, map_index: {_gte: $from, _lt: $to}}
    order_by: {map_index: asc}, limit: 200
  )`;
const PORTION = "log: log_portion(where: $logs, newest_first: $newest, limit: $lines, after: $after)";
const ENTRIES = "rows { id timestamp level name message task_run_id } next is_end looked_at";
const COUNTED = "state_counts max_end_time";

/**
 * Return what the view asks at first and at each refresh, each time in one request: what changes, and what its
 * tab shows. The children of these mapped task runs are counted in it.
 * @param {string[]} parents  ids
 */
export const viewOf = (parents) => `
query View(
  $id: UUID!, $whole: Boolean!, $artifacts: Boolean!
  $tasks: Boolean!, $offset: Int!, $names: Boolean!, $some: Boolean!, $changing: [UUID!]!
  $open: Boolean!, $task: UUID!, $from: Int!, $to: Int!
  $log: Boolean!, $logs: log_bool_exp!, $newest: Boolean!, $lines: Int!, $after: String
  $panel: Boolean!, $taskRun: UUID!
) {
  flow_run_by_pk(id: $id) {
    id name state version state_message labels agent_id times_resurrected heartbeat
    scheduled_start_time state_start_time start_time end_time
    states { id version timestamp state message }
    ...Whole @include(if: $whole)
    ${UNMAPPED} @include(if: $tasks) {
      ${TASK_RUN} task @include(if: $names) { ${TASK} }
    }
  }
  some: task_run(where: {flow_run_id: {_eq: $id}, task_id: {_in: $changing}, map_index: {_eq: -1}})
    @include(if: $some) { ${TASK_RUN} }
  ${CHILDREN_IN} @include(if: $open) { ${TASK_RUN} }
  ${countsIn(parents)}
  task_run_artifact(where: {task_run: {flow_run_id: {_eq: $id}}}, limit: 100) @include(if: $artifacts) {
    id task_run_id kind data created
  }
  ${PORTION} @include(if: $log) { ${ENTRIES} }
  task_run_by_pk(id: $taskRun) @include(if: $panel) {
    id name flow_run_id map_index state version state_message state_result start_time end_time heartbeat
    run_count cache_key task { id name slug tags max_retries retry_delay }
    states { version timestamp state message }
  }
  own: task_run_artifact(where: {task_run_id: {_eq: $taskRun}}, limit: 100) @include(if: $panel) {
    id task_run_id kind data created
  }
}
fragment Whole on flow_run {
  created parameters context run_config idempotency_key auto_scheduled
  agent { id name type labels last_queried }
  of: flow { id name version archived version_group_id flow_group_id project { id name } }
}`;

/** A page of the runs of tasks that are not mapped, and of mapped ones' parents. */
export const TASK_RUNS = `
query TaskRuns($id: UUID!, $offset: Int!) {
  flow_run_by_pk(id: $id) {
    id version
    ${UNMAPPED} { ${TASK_RUN} task { ${TASK} } }
  }
}`;

/** How many tasks the flow of a run has. It is asked for by itself, because each of them is looked at. */
export const COUNT = `
query Count($id: UUID!) { flow_run_by_pk(id: $id) { flow { tasks_aggregate { aggregate { count } } } } }`;

/** The edges between the tasks of the flow of a run. */
export const EDGES = `
query Edges($id: UUID!) {
  flow_run_by_pk(id: $id) { flow { edges(limit: 5000) { upstream_task_id downstream_task_id } } }
}`;

/** A page of the children of a mapped task. */
export const CHILDREN = `
query Children($id: UUID!, $task: UUID!, $from: Int!, $to: Int!) {
  ${CHILDREN_IN} { ${TASK_RUN} }
}`;

/**
 * Return what counts the children of mapped task runs by their states, as `counts_0` and so on.
 * @param {string[]} parents  ids
 */
export const countsOf = (parents) => `
query Counts { ${countsIn(parents)} }`;

/** @param {string[]} parents */
function countsIn(parents) {
  return parents
    .map((id, at) => `counts_${at}: mapped_children(task_run_id: "${id}") { ${COUNTED} }`)
    .join("\n  ");
}

/** A portion of a log. */
export const LOG = `
query Log($logs: log_bool_exp!, $newest: Boolean!, $lines: Int!, $after: String) { ${PORTION} { ${ENTRIES} } }`;
