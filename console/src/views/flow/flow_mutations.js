/**
 * Return what an action on a version of a flow sends. The command line has none of them.
 * @param {string} mutation
 * @param {string} flowId
 * @returns {import("../../parts/action.jsx").Sent}
 */
export function flowChange(mutation, flowId) {
  return {
    document: `
mutation Change($input: ${mutation}_input!) {
  ${mutation}(input: $input) { success error }
}`,
    variables: { input: { flow_id: flowId } },
  };
}

/** The switches of a flow: what each one is called, its place in the settings, its mutations, and what it does. */
export const SWITCHES = [
  {
    name: "Heartbeat",
    setting: "heartbeat_enabled",
    on: "enable_flow_heartbeat",
    off: "disable_flow_heartbeat",
    words: "Runs whose process sends no heartbeat any more are ended.",
  },
  {
    name: "Lazarus",
    setting: "lazarus_enabled",
    on: "enable_flow_lazarus_process",
    off: "disable_flow_lazarus_process",
    words: "Runs that make no progress are scheduled again.",
  },
  {
    name: "Version locking",
    setting: "version_locking_enabled",
    on: "enable_flow_version_lock",
    off: "disable_flow_version_lock",
    words: "A change of a state must name the run's current version.",
  },
];
