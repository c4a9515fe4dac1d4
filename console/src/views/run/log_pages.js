import { lineOf, logWhere } from "./log_query.js";

const FIRST = 300;
const LINES = 1000;
// Clients send their entries every few seconds, side by side, so that one may come after a later one.
const LATE_MS = 10_000;

/**
 * What is asked of a log next, and what comes back: entries, how many were looked at, and what to ask after them.
 * @typedef {{logs: Record<string, any>, newest: boolean, lines: number, after: string | null}} Portion
 * @typedef {{rows: any[], next: string | null, is_end: boolean, looked_at: number}} Found
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
    this.looked = 0;
    this.ahead = 0; // how many entries have come before the first ones
    this.after = /** @type {string | null} */ (null);
    this.tailAfter = /** @type {string | null} */ (null);
    this.since = "";
  }

  /** Return what to ask for more entries in the direction of the order. @returns {Portion} */
  next() {
    const lines = this.begun ? LINES : FIRST;
    return { logs: this.where, newest: !this.oldest, lines, after: this.after };
  }

  /** Return what to ask for entries that were written since; null while the newest are not yet shown. @returns {Portion | null} */
  tail() {
    if (!this.begun || (this.oldest && !this.ended)) return null;
    // A tail that is longer than a portion goes on where it was cut, with the same filter.
    if (!this.tailAfter) this.since = this.#sinceWhen();
    const logs = this.since ? { ...this.where, timestamp: { _gte: this.since } } : this.where;
    return { logs, newest: false, lines: LINES, after: this.tailAfter };
  }

  #sinceWhen() {
    const newest = this.oldest ? this.entries.at(-1) : this.entries[0];
    return newest ? new Date(Date.parse(newest.timestamp) - LATE_MS).toISOString() : this.since;
  }

  /**
   * Take the response to `next`.
   * @param {Found} found
   */
  take({ rows, next, is_end, looked_at }) {
    // Where nothing matches, only what is written from now on is looked at again. The clock may be wrong a little.
    if (!this.begun && looked_at > 0) this.since = new Date(Date.now() - 60 * LATE_MS).toISOString();
    this.begun = true;
    this.ended = is_end;
    this.after = next ?? this.after;
    this.looked += looked_at;
    this.#add(rows);
  }

  /**
   * Take the response to `tail`. Return whether there was anything new.
   * @param {Found} found
   */
  takeTail({ rows, next, is_end }) {
    this.tailAfter = is_end ? null : next;
    const newest = this.oldest ? undefined : this.entries[0];
    const count = this.#add(rows);
    if (count > 0) this.entries.sort((a, b) => (this.oldest ? inTime(a, b) : -inTime(a, b)));
    if (count > 0 && newest) this.ahead += this.entries.indexOf(newest);
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
 * @param {(portion: Portion) => Promise<Found>} ask
 * @param {(count: number) => void} progress
 * @returns {Promise<string[]>}
 */
export async function wholeLog(pages, ask, progress) {
  const texts = [];
  while (!pages.ended) {
    const found = await ask(pages.next());
    pages.take(found);
    texts.push(found.rows.map((entry) => `${lineOf(entry)}\n`).join(""));
    progress(pages.ids.size);
    pages.entries = [];
  }
  return texts;
}
