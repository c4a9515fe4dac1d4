import { millis } from "../../parts/times.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The times that the overview can show, by their names in the address. */
export const SPANS =
  /** @type {Record<string, {title: string, bucket: "HOUR" | "DAY", size: number, count: number}>} */ ({
    day: { title: "24 hours", bucket: "HOUR", size: HOUR, count: 24 },
    week: { title: "7 days", bucket: "DAY", size: DAY, count: 7 },
    month: { title: "30 days", bucket: "DAY", size: DAY, count: 30 },
  });

/** The parts of a bar, from its foot: the column of the API, the colour, and the word for it. */
export const PARTS = /** @type {const} */ ([
  ["success", "good", "Success"],
  ["ended_otherwise", "ended", "Ended otherwise"],
  ["cancelled", "gone", "Cancelled"],
  ["failed", "bad", "Failed"],
  ["live", "live", "Running"],
  ["waiting", "waiting", "Waiting"],
]);

/**
 * Return the beginning of a span that ends now. It stays the same for an hour or a day.
 * @param {string} span
 * @param {number} now  milliseconds
 */
export function beginningOf(span, now) {
  const { size, count } = SPANS[span];
  return new Date(Math.floor(now / size) * size - (count - 1) * size).toISOString();
}

/**
 * Return the sums of all buckets, and the share of the successes among what succeeded or failed; null if nothing did.
 * @param {any[]} buckets
 */
export function summed(buckets) {
  const sum = (/** @type {string} */ name) => buckets.reduce((all, bucket) => all + bucket[name], 0);
  const [success, failed] = [sum("success"), sum("failed")];
  return {
    runs: sum("runs"),
    success,
    failed,
    cancelled: sum("cancelled"),
    rate: success + failed === 0 ? null : success / (success + failed),
  };
}

/**
 * Return whether numbers were counted so long ago that it must be said.
 * @param {string | undefined} asOf
 * @param {number} now  milliseconds
 */
export function isOld(asOf, now) {
  return now - millis(asOf) > 120_000;
}

/**
 * Return the five runs that ended last.
 *
 * The order of creation, in which they are asked for, costs an eighth of that of the ends. Runs of schedules are
 * created up to a day ahead, so more are asked for than are shown.
 * @param {any[]} runs
 */
export function newestEnds(runs) {
  return [...runs].sort((one, other) => millis(other.end_time) - millis(one.end_time)).slice(0, 5);
}

/**
 * Return a share in percent, which is 100 % or 0 % only if it is so exactly.
 * @param {number | null} share
 */
export function percent(share) {
  if (share === null) return "–";
  const tenths = Math.round(share * 1000);
  const honest = share < 1 ? Math.min(tenths, 999) : tenths;
  return `${(share > 0 ? Math.max(honest, 1) : honest) / 10} %`;
}

/**
 * Return the round number at the top of an axis for values up to `most`: 1, 2 or 5 times a power of ten.
 * @param {number} most
 */
export function topOf(most) {
  if (most <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((factor) => factor * power).find((top) => top >= most) ?? most;
}

/**
 * The pieces of a plot: a rectangle for each part of each bar, in units of the plot's width and height.
 * @typedef {{key: string, kind: string, x: number, y: number, width: number, height: number}} Piece
 */

/**
 * Return the pieces of the bars, and the top of the axis.
 * @param {any[]} buckets
 * @param {{width: number, height: number}} size
 * @returns {{pieces: Piece[], top: number, step: number}}
 */
export function piecesOf(buckets, { width, height }) {
  const top = topOf(Math.max(0, ...buckets.map((bucket) => bucket.runs)));
  const step = width / Math.max(buckets.length, 1);
  const gap = Math.min(2, step / 5);
  const pieces = [];
  for (const [at, bucket] of buckets.entries()) {
    let foot = height;
    for (const [name, kind] of PARTS) {
      const tall = (bucket[name] / top) * height;
      foot -= tall;
      if (tall > 0)
        pieces.push({
          key: `${at}${name}`,
          kind,
          x: at * step + gap,
          y: foot,
          width: step - 2 * gap,
          height: tall,
        });
    }
  }
  return { pieces, top, step };
}
