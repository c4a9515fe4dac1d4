import { FAILED_TYPES } from "../../parts/states.js";

/** Everything that the overview shows, in one request. */
export const OVERVIEW = `
query Overview(
  $from: DateTime!, $bucket: run_count_bucket!, $project: UUID, $counted: Boolean!
  $running: flow_run_bool_exp!, $next: flow_run_bool_exp!, $late: flow_run_bool_exp!, $failed: flow_run_bool_exp!
) {
  flow_run_counts(from: $from, bucket: $bucket, project_id: $project) @include(if: $counted) {
    start end runs success failed cancelled ended_otherwise live waiting as_of
  }
  queue_depth { due late earliest complete }
  running: flow_run(where: $running, order_by: {created: asc}, limit: 5) { ...shown start_time }
  next: flow_run(where: $next, order_by: {state_start_time: asc}, limit: 5) { ...shown state_start_time }
  late: flow_run(where: $late, order_by: {state_start_time: asc}, limit: 5) { ...shown state_start_time labels }
  failed: flow_run(where: $failed, order_by: {created: desc}, limit: 20) { ...shown end_time state_message }
  agent(order_by: {last_queried: desc}, limit: 5) { id name type last_queried }
}
fragment shown on flow_run { id name state flow { id name } }`;

/**
 * Return the filters of the lists.
 * @param {string} project  "" for all
 * @param {number} present  milliseconds
 */
export function listsOf(project, present) {
  const here = project ? { flow: { project_id: { _eq: project } } } : {};
  const waiting = { ...here, state: { _eq: "Scheduled" } };
  const now = new Date(present).toISOString();
  const lateBefore = new Date(present - 30_000).toISOString();
  return {
    running: { ...here, state: { _in: ["Running", "Cancelling"] } },
    next: { ...waiting, state_start_time: { _gt: now } },
    late: { ...waiting, state_start_time: { _lt: lateBefore } },
    failed: { ...here, state: { _in: FAILED_TYPES } },
  };
}
