import { lineOf, logWhere } from "./log_query.js";

const FIRST = 500;
const LARGEST = 5000;
const TAIL = 1000;
// Clients send their entries every few seconds, side by side, so that one may come after a later one.
const LATE_MS = 10_000;

/**
 * What is asked of a log next: its filter, order and length.
 * @typedef {{logs: Record<string, any>, order: "asc" | "desc", lines: number}} Portion
 */

/** The entries of a log that have come, in the order in which they are shown, and what to ask next. */
export class LogPages {
  /**
   * @param {string} runId
   * @param {import("./log_query.js").LogFilters} filters
   */
  constructor(runId, filters) {
    this.where = logWhere(runId, filters);
    this.oldest = filters.oldest;
    this.entries = /** @type {any[]} */ ([]);
    this.ids = new Set();
    this.begun = false;
    this.ended = false;
    this.ahead = 0;
    this.size = FIRST;
    this.full = /** @type {string | null} */ (null);
  }

  /** Return what to ask for more entries in the direction of the order. @returns {Portion} */
  next() {
    const order = this.oldest ? "asc" : "desc";
    const last = this.entries.at(-1);
    if (!last) return { logs: this.where, order, lines: this.size };
    const [edge, beyond] = this.oldest ? ["_gte", "_gt"] : ["_lte", "_lt"];
    const { timestamp, id } = last;
    const after = [{ timestamp: { [beyond]: timestamp } }, { id: { [beyond]: id } }];
    return { logs: { ...this.where, timestamp: { [edge]: timestamp }, _or: after }, order, lines: this.size };
  }

  /** Return what to ask for entries that were written since; null while the newest are not yet shown. @returns {Portion | null} */
  tail() {
    if (!this.begun || (this.oldest && !this.ended)) return null;
    const newest = this.oldest ? this.entries.at(-1) : this.entries[0];
    if (!newest) return { ...this.next(), lines: TAIL };
    const since = this.full ?? new Date(Date.parse(newest.timestamp) - LATE_MS).toISOString();
    return { logs: { ...this.where, timestamp: { _gte: since } }, order: "asc", lines: TAIL };
  }

  /**
   * Take the response to `next`.
   * @param {any[]} rows
   * @param {number} asked  how many were asked for
   */
  take(rows, asked) {
    this.begun = true;
    this.ended = rows.length < asked;
    this.size = Math.min(asked * 2, LARGEST);
    this.#add(rows);
  }

  /**
   * Take the response to `tail`. Return whether there was anything new.
   * @param {any[]} rows
   */
  takeTail(rows) {
    this.full = rows.length === TAIL ? rows.at(-1).timestamp : null;
    const newest = this.oldest ? undefined : this.entries[0];
    const count = this.#add(rows);
    if (newest && count > 0) {
      this.entries.sort((a, b) => -inTime(a, b));
      this.ahead += this.entries.indexOf(newest);
    } else if (count > 0) {
      this.entries.sort((a, b) => (this.oldest ? inTime(a, b) : -inTime(a, b)));
    }
    return count > 0;
  }

  /** @param {any[]} rows */
  #add(rows) {
    const fresh = rows.filter(({ id }) => !this.ids.has(id));
    for (const entry of fresh) {
      this.ids.add(entry.id);
      this.entries.push(entry);
    }
    return fresh.length;
  }
}

/**
 * @param {any} a
 * @param {any} b
 */
function inTime(a, b) {
  // Times of the API sort as texts: all are UTC, and a fraction without its zeros at the end sorts before a longer one.
  if (a.timestamp !== b.timestamp) return a.timestamp < b.timestamp ? -1 : 1;
  return a.id < b.id ? -1 : Number(a.id > b.id);
}

/**
 * Read a whole log, the oldest entry first, and return its lines as texts.
 * @param {LogPages} pages  of its own, oldest first
 * @param {(portion: Portion) => Promise<any[]>} ask
 * @param {(count: number) => void} progress
 * @returns {Promise<string[]>}
 */
export async function wholeLog(pages, ask, progress) {
  const lines = [];
  while (!pages.ended) {
    const portion = pages.next();
    const rows = await ask(portion);
    pages.take(rows, portion.lines);
    lines.push(`${rows.map(lineOf).join("\n")}\n`);
    progress(pages.ids.size);
    pages.entries = pages.entries.slice(-1);
  }
  return lines;
}
