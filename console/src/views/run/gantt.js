import { kindOf } from "../../parts/states.js";
import { lasted, millis } from "../../parts/times.js";

/**
 * A bar of a task run: from and to in milliseconds, and its kind of state; "gap" while it waits to be retried.
 * @typedef {{from: number, to: number, kind: string}} Span
 * @typedef {{from: number, to: number}} Range
 */

const OTHER_BEGIN = new Set(["Running", "Retrying", "Scheduled", "Queued", "Submitted", "Pending"]);

/**
 * Return the bars of a task run: one for each time that it ran, and the gaps between them.
 * @param {any} taskRun  with `state`, `start_time`, `end_time`, and perhaps `states`, oldest first
 * @param {number} now
 * @returns {Span[]}
 */
export function spansOf(taskRun, now) {
  const states = [...(taskRun.states ?? [])].sort((a, b) => a.version - b.version);
  if (!states.some((/** @type {any} */ state) => state.state === "Running")) return wholeOf(taskRun, now);
  const spans = /** @type {Span[]} */ ([]);
  states.forEach((state, at) => {
    const from = millis(state.timestamp);
    const next = states[at + 1];
    const to = next ? millis(next.timestamp) : now;
    if (state.state === "Running") {
      spans.push({ from, to, kind: next ? kindAfter(next.state) : "live" });
    } else if (next && spans.length > 0) {
      spans.push({ from, to, kind: "gap" });
    }
  });
  return spans;
}

/**
 * Return the kind of a time of running by the state that ended it.
 * @param {string} next
 */
function kindAfter(next) {
  if (next === "Running") return "live";
  return OTHER_BEGIN.has(next) ? "bad" : kindOf(next);
}

/**
 * @param {any} taskRun
 * @param {number} now
 * @returns {Span[]}
 */
function wholeOf({ state, start_time, end_time }, now) {
  const from = millis(start_time);
  if (Number.isNaN(from)) return [];
  return [{ from, to: end_time ? millis(end_time) : now, kind: kindOf(state) }];
}

/**
 * Return the time that a drawing spans: the run's own, and that of every task run that is shown.
 * @param {any} run
 * @param {any[]} taskRuns
 * @param {number} now
 * @returns {Range | null}  null before anything began
 */
export function rangeOf(run, taskRuns, now) {
  let from = millis(run.start_time);
  let to = run.end_time ? millis(run.end_time) : now;
  for (const one of taskRuns) {
    const start = millis(one?.start_time);
    if (Number.isNaN(start)) continue;
    from = Number.isNaN(from) ? start : Math.min(from, start);
    to = Math.max(to, one.end_time ? millis(one.end_time) : start);
  }
  return Number.isNaN(from) ? null : { from, to: Math.max(to, from + 1) };
}

/**
 * Return where a bar is drawn, in per cent of the width. The shortest can still be seen.
 * @param {Range} range
 * @param {Range} span
 */
export function placeOf(range, { from, to }) {
  const whole = range.to - range.from;
  const per = (/** @type {number} */ at) => Math.min(Math.max(((at - range.from) / whole) * 100, 0), 100);
  const x = Math.min(per(from), 99.6);
  return { x, width: Math.max(per(to) - x, 0.4) };
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400];

/**
 * Return the marks of the time axis, counted from its beginning: place in per cent, and text.
 * @param {Range} range
 * @param {number} [most]
 */
export function marksOf({ from, to }, most = 6) {
  const seconds = (to - from) / 1000;
  const least = seconds / most;
  const step = STEPS.find((one) => one >= least) ?? (least < 1 ? 1 : Math.ceil(least / 86_400) * 86_400);
  const marks = [];
  for (let at = 0; at <= seconds * 0.93; at += step) {
    marks.push({ x: (at / seconds) * 100, text: at === 0 ? "0" : lasted(at * 1000) });
  }
  return marks;
}
