/** The kinds of states by colour: each state type belongs to one. */
const KINDS = /** @type {Record<string, string>} */ ({
  Success: "good",
  Cached: "good",
  Mapped: "good",
  Failed: "bad",
  TriggerFailed: "bad",
  TimedOut: "bad",
  ValidationFailed: "bad",
  Aborted: "bad",
  Cancelled: "ended",
  Skipped: "ended",
  Running: "live",
  Cancelling: "live",
  Submitted: "soon",
  Scheduled: "waiting",
  Pending: "waiting",
  Queued: "waiting",
  Retrying: "waiting",
  Resume: "waiting",
  Paused: "waiting",
});
const ENDED = new Set(["good", "bad", "ended"]);

/** The state types of a run that has failed. */
export const FAILED_TYPES = ["Failed", "TimedOut", "TriggerFailed", "ValidationFailed", "Aborted"];

/** Every state type that a flow run can be listed by, in the order of a run's life. */
export const STATE_TYPES = [
  "Scheduled",
  "Pending",
  "Queued",
  "Submitted",
  "Running",
  "Retrying",
  "Paused",
  "Cancelling",
  "Success",
  "Failed",
  "TimedOut",
  "TriggerFailed",
  "Cancelled",
  "Skipped",
];

/**
 * Return the kind of a state type: good, bad, ended, live, soon or waiting.
 * @param {string} state
 */
export function kindOf(state) {
  return KINDS[state] ?? "waiting";
}

/**
 * Return whether nothing more happens to a run in this state by itself.
 * @param {string} state
 */
export function isOver(state) {
  return ENDED.has(kindOf(state)) && state !== "Mapped";
}
