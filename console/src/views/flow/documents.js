const HEADER = `
    id name version archived created description core_version is_schedule_active schedule_fault
    settings parameters run_config schedule flow_group_id project { id name }
    flow_group { id description labels run_config default_parameters schedule }`;

/** @param {string} tab  what the tab asks of the flow @param {string} [beside]  what it asks of its group */
function flowDocument(tab, beside = "") {
  const variables = beside ? "$id: UUID!, $group: UUID!" : "$id: UUID!";
  return `
query Flow(${variables}) {
  flow_by_pk(id: $id) {${HEADER}
    ${tab}
  }${beside}
}`;
}

const OF_GROUP = `
  schedule(where: {flow_group_id: {_eq: $group}}) {
    id name is_active schedule rules pause next_run failures fault flow_id
    occurrences(limit: 20) { id scheduled_time reason message flow_run_id }
  }
  backfill(where: {flow_group_id: {_eq: $group}}, order_by: {created: desc}, limit: 10) {
    id created status first last count taken made unfinished fault schedule { id name flow_id }
  }`;
const PREVIEW = `
  schedule_preview(flow_group_id: $group, limit: 10) { time local_time time_zone clock reason remark }`;

/** The document of each tab. Each has what the head of the view shows, so that a refresh is one request. */
export const DOCUMENTS = {
  runs: flowDocument(`flow_group {
      flow_runs(order_by: {created: desc}, limit: 50) {
        id name state state_message version start_time end_time scheduled_start_time flow { id version }
      }
    }`),
  tasks: flowDocument(`tasks(limit: 1000) { id name slug type mapped tags max_retries retry_delay trigger }
    edges(limit: 5000) { upstream_task_id downstream_task_id key mapped }`),
  settings: flowDocument("storage environment"),
  versions: flowDocument(`flow_group {
      flows(order_by: {version: desc}, limit: 50) { id version archived created core_version }
    }`),
  head: flowDocument("version_group_id"),
  schedule: flowDocument("version_group_id", OF_GROUP),
  preview: flowDocument("version_group_id", OF_GROUP + PREVIEW),
};

export const TABS = /** @type {const} */ ({
  runs: "Runs",
  schedule: "Schedule",
  tasks: "Tasks",
  settings: "Settings",
  versions: "Versions",
});

/**
 * Return whether data has what a tab shows. While another tab is asked for, it has that of the one before.
 * @param {keyof typeof TABS} tab
 * @param {any} data
 */
export function hasPart(tab, data) {
  const flow = data?.flow_by_pk;
  const parts = {
    runs: flow?.flow_group?.flow_runs,
    schedule: data?.schedule,
    tasks: flow?.tasks,
    settings: flow?.storage,
    versions: flow?.flow_group?.flows,
  };
  return parts[tab] !== undefined;
}
