import { ask } from "../../api/ask.js";

/**
 * A change of many runs: its mutation, its type of input, and what a person reads.
 * @typedef {{mutation: string, input: string, title: string, verb: string, done: string, command: string}} Change
 */

const PAYLOAD = `{
    matched changed read_units write_units as_of continuation
    skipped { reason count } failed { flow_run_id code message }
  }`;

/** The changes that a list of runs offers. */
export const CHANGES = /** @type {Record<string, Change>} */ ({
  cancel: {
    mutation: "cancel_flow_runs",
    input: "cancel_flow_runs_input",
    title: "Cancel these runs",
    verb: "Cancel them",
    done: "cancelled",
    command: "cancel",
  },
  delete: {
    mutation: "delete_flow_runs",
    input: "delete_flow_runs_input",
    title: "Delete these runs",
    verb: "Delete them",
    done: "deleted",
    command: "delete",
  },
  set: {
    mutation: "set_state_of_flow_runs",
    input: "set_state_of_flow_runs_input",
    title: "Set a state on these runs",
    verb: "Set the state",
    done: "set",
    command: "set-states",
  },
});

/**
 * Return the document of a change.
 * @param {Change} change
 */
export function documentOf({ mutation, input }) {
  return `
mutation ($input: ${input}!) {
  ${mutation}(input: $input) ${PAYLOAD}
}`;
}

/**
 * What the portions of a change have come to.
 * @typedef {{matched: number, changed: number, skipped: Record<string, number>, failed: any[]}} Sum
 */

/** @returns {Sum} */
export function nothingYet() {
  return { matched: 0, changed: 0, skipped: {}, failed: [] };
}

/**
 * Return a sum with one more portion.
 * @param {Sum} sum
 * @param {any} portion
 * @returns {Sum}
 */
export function added(sum, portion) {
  const skipped = { ...sum.skipped };
  for (const { reason, count } of portion.skipped) skipped[reason] = (skipped[reason] ?? 0) + count;
  return {
    matched: sum.matched + portion.matched,
    changed: sum.changed + portion.changed,
    skipped,
    failed: [...sum.failed, ...portion.failed],
  };
}

/**
 * Send portion after portion, and tell the sum after each. Ends when nothing is left or `signal` is aborted.
 *
 * A portion that had no answer is sent again with the same continuation: it changes nothing twice.
 * @param {Change} change
 * @param {Record<string, unknown>} input
 * @param {(sum: Sum) => void} tell
 * @param {AbortSignal} signal
 */
export async function changeAll(change, input, tell, signal) {
  let sum = nothingYet();
  let continuation = null;
  do {
    const data = await ask(documentOf(change), { input: { ...input, continuation } });
    const portion = data[change.mutation];
    sum = added(sum, portion);
    tell(sum);
    continuation = portion.continuation;
  } while (continuation && !signal.aborted);
  return { sum, isWhole: !continuation };
}
