import { CHILD_PAGE, CHILDREN, countsOf } from "./documents.js";
import { childrenOf } from "./rows.js";

// Counting reads each child, so that only parents of few are counted at each refresh.
const COUNTED_OFTEN = 2000;
const MOST_PARENTS = 5;
const PER_REQUEST = 20;

/** The children of mapped task runs that have come, page by page, and the counts of their states. */
export class ChildPages {
  /**
   * @param {string} runId
   * @param {import("./once.js").Once} once
   */
  constructor(runId, once) {
    this.runId = runId;
    this.once = once;
    this.rows = /** @type {Map<string, any>} */ (new Map());
    this.counts =
      /** @type {Map<string, {state_counts: Record<string, number>, max_end_time: string} | null>} */ (
        new Map()
      );
    // What is in sight, which refreshes ask for.
    this.place = /** @type {{parent: any, page: number} | null} */ (null);
    this.parents = /** @type {any[]} */ ([]);
  }

  /** Return which children are asked for at a refresh. */
  openPage() {
    const { parent, page } = this.place ?? { page: 0 };
    return parent && { task: parent.task_id, from: page * CHILD_PAGE, to: (page + 1) * CHILD_PAGE };
  }

  /** Return the ids of the parents whose children are counted at a refresh. */
  counted() {
    const few = this.parents.filter((parent) => childrenOf(parent) <= COUNTED_OFTEN);
    return few.slice(0, MOST_PARENTS).map(({ id }) => id);
  }

  /**
   * @param {string} parent  its id
   * @param {number} index
   */
  row(parent, index) {
    return this.rows.get(`${parent} ${index}`);
  }

  /**
   * Take the children that a refresh brought.
   * @param {any[]} rows
   */
  take(rows) {
    if (this.place) this.#keep(this.place.parent, rows);
  }

  /**
   * @param {any} parent
   * @param {any[]} rows
   */
  #keep({ id }, rows) {
    for (const row of rows) this.rows.set(`${id} ${row.map_index}`, row);
  }

  /**
   * @param {any} parent
   * @param {number} page
   */
  load(parent, page) {
    const range = { from: page * CHILD_PAGE, to: (page + 1) * CHILD_PAGE };
    const variables = { id: this.runId, task: parent.task_id, ...range };
    this.once.get(`${parent.version} ${parent.id} ${page}`, CHILDREN, variables, ({ children }) => {
      this.#keep(parent, children);
    });
  }

  /**
   * Ask for the counts of mapped task runs that have not been counted at their version, in one request.
   * @param {any[]} parents
   */
  loadCounts(parents) {
    const { asked } = this.once;
    const left = parents
      .filter(({ id, version }) => !asked.has(`counts ${id} ${version}`))
      .slice(0, PER_REQUEST);
    if (left.length === 0) return;
    const ids = left.map(({ id }) => id);
    this.once.get(`counts of ${ids}`, countsOf(ids), {}, (data) => {
      this.takeCounts(ids, data);
      for (const { id, version } of left) asked.add(`counts ${id} ${version}`);
      asked.delete(`counts of ${ids}`);
    });
  }

  /**
   * @param {string[]} ids
   * @param {any} data
   */
  takeCounts(ids, data) {
    ids.forEach((id, at) => {
      this.counts.set(id, data[`counts_${at}`]);
    });
  }
}
