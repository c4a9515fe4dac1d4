import { word } from "../../parts/shell.js";

/**
 * Return what an action on a schedule sends, and its command.
 * @param {"pause_schedule" | "resume_schedule"} mutation
 * @param {Record<string, any>} input
 * @param {string[]} words
 * @returns {import("../../parts/action.jsx").Sent}
 */
export function scheduleChange(mutation, input, words) {
  return {
    document: `
mutation Change($input: ${mutation}_input!) {
  ${mutation}(input: $input) { success error }
}`,
    variables: { input },
    command: command(words),
  };
}

/**
 * Return what switching the schedule of a flow on or off sends.
 * @param {{flowId: string, groupId: string, on: boolean}} schedule
 * @returns {import("../../parts/action.jsx").Sent}
 */
export function scheduleSwitch({ flowId, groupId, on }) {
  const mutation = on ? "set_schedule_active" : "set_schedule_inactive";
  return {
    document: `
mutation Switch($input: ${mutation}_input!) {
  ${mutation}(input: $input) { success error }
}`,
    variables: { input: { flow_id: flowId } },
    command: command(["set", groupId, on ? "--active" : "--inactive"]),
  };
}

/**
 * Return what a backfill sends; with `dry` it only counts.
 * @param {{groupId: string, first: string | null, last: string | null, atOnce: number, newest: boolean, repeat: string}} given
 * @param {boolean} dry
 * @returns {import("../../parts/action.jsx").Sent}
 */
export function backfillOf({ groupId, first, last, atOnce, newest, repeat }, dry) {
  const words = ["backfill", groupId, "--first", first ?? "", "--last", last ?? "", "--at-once", atOnce];
  if (newest) words.push("--newest-first");
  if (repeat !== "missing") words.push("--repeat", repeat);
  if (dry) words.push("--dry-run");
  const direction = newest ? "newest_first" : "oldest_first";
  const input = { flow_group_id: groupId, first, last, at_once: atOnce, direction, repeat };
  return {
    document: `
mutation Backfill($input: create_backfill_input!) {
  create_backfill(input: $input) { id status count made first_time last_time write_units }
}`,
    variables: { input: dry ? { ...input, dry_run: true } : input },
    command: command(words),
  };
}

/**
 * Return what stops a backfill, or lets it go on.
 * @param {string} id
 * @param {boolean} stop
 * @returns {import("../../parts/action.jsx").Sent}
 */
export function backfillChange(id, stop) {
  const mutation = stop ? "stop_backfill" : "continue_backfill";
  return {
    document: `
mutation Change($input: ${mutation}_input!) {
  ${mutation}(input: $input) { success error }
}`,
    variables: { input: { backfill_id: id } },
    command: command([stop ? "stop-backfill" : "continue-backfill", id]),
  };
}

/**
 * Return what triggers a schedule.
 * @param {{groupId: string, clock: number, key: string}} given
 * @returns {import("../../parts/action.jsx").Sent}
 */
export function triggerOf({ groupId, clock, key }) {
  return {
    document: `
mutation Trigger($input: trigger_schedule_input!) {
  trigger_schedule(input: $input) { id flow_run { name } }
}`,
    variables: { input: { flow_group_id: groupId, clock, idempotency_key: key } },
    command: command(["trigger", groupId, "--clock", clock, "--key", key]),
  };
}

/**
 * Return a command of schedules.
 * @param {(string | number)[]} words  after `flow-runs schedule`
 */
export function command(words) {
  return `flow-runs schedule ${words.map(word).join(" ")}`;
}
