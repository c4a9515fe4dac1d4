import { kindOf } from "./states.js";
import { lasted, millis } from "./times.js";

/**
 * A bar of a strip: a run, its kind of state, its height from 0 to 1, and what it says.
 * @typedef {{id: string, kind: string, height: number, text: string}} Bar
 */

/**
 * Return the bars of runs, oldest first. The longest one has height 1; a run without a start has the least.
 * @param {any[]} runs  newest first
 * @param {number} now  milliseconds, for runs without an end
 * @returns {Bar[]}
 */
export function barsOf(runs, now) {
  const lengths = runs.map((run) => lengthOf(run, now));
  const longest = Math.max(1, ...lengths.filter(Number.isFinite));
  return runs
    .map((run, at) => ({
      id: run.id,
      kind: kindOf(run.state),
      height: Number.isFinite(lengths[at])
        ? Math.max(0.12, Math.sqrt(Math.max(lengths[at], 0) / longest))
        : 0.12,
      text: [run.name, run.state, lasted(lengths[at])].filter(Boolean).join(", "),
    }))
    .reverse();
}

/**
 * Return what a strip says as a whole.
 * @param {any[]} runs
 */
export function summaryOf(runs) {
  const bad = runs.filter((run) => kindOf(run.state) === "bad").length;
  return `The last ${runs.length} runs, oldest first, with their durations: ${bad} failed`;
}

/**
 * Return the bar to which a key leads from another one, or null if the key leads to none.
 * @param {string} key
 * @param {number} at
 * @param {number} count
 */
export function movedBy(key, at, count) {
  const places = /** @type {Record<string, number>} */ ({
    ArrowLeft: at - 1,
    ArrowRight: at + 1,
    Home: 0,
    End: count - 1,
  });
  const next = Object.hasOwn(places, key) ? places[key] : undefined;
  return next === undefined ? null : Math.min(Math.max(next, 0), count - 1);
}

/**
 * @param {any} run
 * @param {number} now
 */
function lengthOf(run, now) {
  return (run.end_time ? millis(run.end_time) : now) - millis(run.start_time);
}
