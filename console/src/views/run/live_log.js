import { signal } from "@preact/signals";
import { ask } from "../../api/ask.js";
import { LOG } from "./documents.js";
import { LogPages } from "./log_pages.js";
import { logFiltersOf } from "./log_query.js";

const PORTIONS = 3;

/** The log of a run as the view shows it: its entries under the filters of the address. */
export class LiveLog {
  /**
   * @param {string} runId
   * @param {URLSearchParams} query
   * @param {() => void} changed
   */
  constructor(runId, query, changed) {
    this.runId = runId;
    this.changed = changed;
    this.key = "";
    this.pages = new LogPages(runId, logFiltersOf(query));
    this.error = signal(/** @type {unknown} */ (null));
    this.loading = /** @type {LogPages | null} */ (null);
  }

  /**
   * Return the entries of some filters, and what a refresh asks for them.
   * @param {URLSearchParams} query
   */
  asked(query) {
    const filters = logFiltersOf(query);
    const key = JSON.stringify(filters);
    if (key !== this.key) {
      this.key = key;
      this.pages = new LogPages(this.runId, filters);
    }
    const { pages } = this;
    return { pages, portion: pages.begun ? pages.tail() : pages.next() };
  }

  /**
   * Take what a refresh brought. Return whether it was anything new.
   * @param {LogPages} pages
   * @param {import("./log_pages.js").Found} found
   */
  take(pages, found) {
    const first = !pages.begun;
    if (first) pages.take(found);
    const changed = first || pages.takeTail(found);
    if (changed) this.changed();
    return changed;
  }

  /**
   * Ask for the next portion, unless one is on its way. Where few entries match, some portions are looked
   * through at once; a log of any length is only looked through on demand, because that costs.
   */
  async more() {
    const { pages } = this;
    if (!pages.begun || pages.ended || this.loading === pages) return;
    this.loading = pages;
    this.error.value = null;
    const before = pages.entries.length;
    try {
      for (let count = 0; count < PORTIONS && !pages.ended && pages.entries.length === before; count += 1) {
        pages.take((await ask(LOG, pages.next())).log);
        this.changed();
      }
    } catch (error) {
      this.error.value = error;
    }
    this.loading = null;
    this.changed();
  }
}
