import { CHILD_PAGE, CHILDREN, COUNT, countsOf, EDGES, PAGE, TASK_RUNS } from "./documents.js";
import { childrenOf, inOrderOfStart } from "./rows.js";

// Counting reads each child, so that only parents of few are counted at each refresh.
const COUNTED_OFTEN = 2000;
const MOST_PARENTS = 5;
const PER_REQUEST = 20;

/**
 * The task runs of a flow run that have come, page by page, and the children of the mapped ones that are open.
 */
export class TaskPages {
  /**
   * @param {string} runId
   * @param {(document: string, variables: Record<string, unknown>) => Promise<any>} ask
   * @param {() => void} changed
   */
  constructor(runId, ask, changed) {
    this.runId = runId;
    this.ask = ask;
    this.changed = changed;
    this.count = -1; // of the flow's tasks, once it is known
    this.rows = /** @type {Map<number, any>} */ (new Map());
    this.names = /** @type {Map<string, any>} */ (new Map());
    this.edges = /** @type {any[] | null} */ (null);
    this.children = /** @type {Map<string, any>} */ (new Map());
    this.counts =
      /** @type {Map<string, {state_counts: Record<string, number>, max_end_time: string} | null>} */ (
        new Map()
      );
    // What is in sight, which refreshes ask for.
    this.page = 0;
    this.childPage = /** @type {{parent: any, page: number} | null} */ (null);
    this.parents = /** @type {any[]} */ ([]);
    this.asked = new Set();
    this.error = /** @type {unknown} */ (null);
  }

  /**
   * Take a page of task runs. The first one tells how many tasks there are, if it has them all.
   * @param {any} run
   * @param {number} offset
   */
  take(run, offset) {
    const rows = run.task_runs;
    if (!rows) return;
    if (this.count < 0) {
      this.count = rows.length;
      if (this.count === PAGE) this.#loadCount();
    }
    const whole = offset === 0 && this.count < PAGE;
    (whole ? inOrderOfStart(rows) : rows).forEach((/** @type {any} */ row, /** @type {number} */ at) => {
      this.rows.set(offset + at, row);
      if (row.task) this.names.set(row.task_id, row.task);
    });
  }

  /** Return which children are asked for at a refresh. */
  openPage() {
    const { parent, page } = this.childPage ?? { page: 0 };
    return parent && { task: parent.task_id, from: page * CHILD_PAGE, to: (page + 1) * CHILD_PAGE };
  }

  /** Return the ids of the parents whose children are counted at a refresh. */
  counted() {
    const few = this.parents.filter((parent) => childrenOf(parent) <= COUNTED_OFTEN);
    return few.slice(0, MOST_PARENTS).map(({ id }) => id);
  }

  /** @param {any[]} rows */
  takeChildren(rows) {
    const { parent } = this.childPage ?? {};
    for (const row of rows) if (parent) this.children.set(`${parent.id} ${row.map_index}`, row);
  }

  /** Ask for the edges, unless there are too many tasks to be drawn. */
  loadEdges() {
    if (this.count < 0 || this.count >= PAGE) return;
    this.#once("edges", EDGES, { id: this.runId }, (data) => {
      this.edges = data.flow_run_by_pk?.flow?.edges ?? [];
    });
  }

  #loadCount() {
    this.#once("count", COUNT, { id: this.runId }, (data) => {
      this.count = data.flow_run_by_pk?.flow?.tasks_aggregate.aggregate.count ?? this.count;
    });
  }

  /** @param {number} page */
  loadPage(page) {
    if (this.rows.has(page * PAGE) || page * PAGE >= this.count) return;
    this.#once(`page ${page}`, TASK_RUNS, { id: this.runId, offset: page * PAGE }, (data) => {
      this.take(data.flow_run_by_pk, page * PAGE);
    });
  }

  /**
   * @param {any} parent
   * @param {number} page
   */
  loadChildren(parent, page) {
    const range = { from: page * CHILD_PAGE, to: (page + 1) * CHILD_PAGE };
    const variables = { id: this.runId, task: parent.task_id, ...range };
    this.#once(`${parent.version} ${parent.id} ${page}`, CHILDREN, variables, ({ children: rows }) => {
      for (const row of rows) this.children.set(`${parent.id} ${row.map_index}`, row);
    });
  }

  /**
   * Ask for the counts of mapped task runs that have not been counted at their version, in one request.
   * @param {any[]} parents
   */
  loadCounts(parents) {
    const left = parents
      .filter(({ id, version }) => !this.asked.has(`counts ${id} ${version}`))
      .slice(0, PER_REQUEST);
    if (left.length === 0) return;
    const ids = left.map(({ id }) => id);
    this.#once(`counts of ${ids}`, countsOf(ids), {}, (data) => {
      this.takeCounts(ids, data);
      for (const { id, version } of left) this.asked.add(`counts ${id} ${version}`);
      this.asked.delete(`counts of ${ids}`);
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

  /**
   * @param {string} key
   * @param {string} document
   * @param {Record<string, unknown>} variables
   * @param {(data: any) => void} take
   */
  async #once(key, document, variables, take) {
    if (this.asked.has(key)) return;
    this.asked.add(key);
    try {
      take(await this.ask(document, variables));
      this.error = null;
    } catch (error) {
      this.error = error;
      this.asked.delete(key); // the next scrolling asks again
    }
    this.changed();
  }
}
