import { isOver } from "../../parts/states.js";
import { ChildPages } from "./child_pages.js";
import { COUNT, EDGES, PAGE, TASK_RUNS } from "./documents.js";
import { Once } from "./once.js";
import { inOrderOfStart } from "./rows.js";

/** The task runs of a flow run that have come, page by page, by their places in the order of the flow's tasks. */
export class TaskPages {
  /**
   * @param {string} runId
   * @param {(document: string, variables: Record<string, unknown>) => Promise<any>} ask
   * @param {() => void} changed
   */
  constructor(runId, ask, changed) {
    this.runId = runId;
    this.once = new Once(ask, changed);
    this.mapped = new ChildPages(runId, this.once);
    this.count = -1; // of the flow's tasks, once it is known
    this.rows = /** @type {Map<number, any>} */ (new Map());
    this.places = /** @type {Map<string, number>} */ (new Map()); // by the ids of the tasks
    this.versions = /** @type {Map<number, number>} */ (new Map()); // of the run, when a row was read
    this.names = /** @type {Map<string, any>} */ (new Map());
    this.edges = /** @type {any[] | null} */ (null);
    // What is in sight, which refreshes ask for.
    this.page = 0;
    this.seen = /** @type {number[]} */ ([]);
  }

  /** What went wrong last. */
  get error() {
    return this.once.error;
  }

  /** Whether there are so many tasks that a page of them is not all, and reading one costs as much as it does. */
  get isLarge() {
    return this.count >= PAGE;
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
      if (this.isLarge) this.#loadCount();
    }
    const whole = offset === 0 && !this.isLarge;
    (whole ? inOrderOfStart(rows) : rows).forEach((/** @type {any} */ row, /** @type {number} */ at) => {
      this.#keep(offset + at, row, run.version);
      this.places.set(row.task_id, offset + at);
      if (row.task) this.names.set(row.task_id, row.task);
    });
  }

  /**
   * @param {number} at
   * @param {any} row
   * @param {number} version  of the run
   */
  #keep(at, row, version) {
    this.rows.set(at, row);
    this.versions.set(at, version);
  }

  /**
   * Return the tasks in sight whose runs may have changed: those that are not over, once after the flow run is.
   * Where there are many tasks, a refresh asks for these alone, because a page is found by reading all task runs
   * that have begun.
   * @param {any} run
   */
  changing(run) {
    const places = this.seen.filter((at) => {
      const row = this.rows.get(at);
      return row && !isOver(row.state) && !(isOver(run.state) && this.versions.get(at) === run.version);
    });
    return places.map((at) => this.rows.get(at).task_id);
  }

  /**
   * Take task runs that were asked for by their tasks.
   * @param {any[]} rows
   * @param {number} version  of the run
   */
  takeSome(rows, version) {
    for (const row of rows) {
      const at = this.places.get(row.task_id);
      if (at !== undefined) this.#keep(at, row, version);
    }
  }

  /** Ask for the edges, unless there are too many tasks to be drawn. */
  loadEdges() {
    if (this.count < 0 || this.isLarge) return;
    this.once.get("edges", EDGES, { id: this.runId }, (data) => {
      this.edges = data.flow_run_by_pk?.flow?.edges ?? [];
    });
  }

  #loadCount() {
    this.once.get("count", COUNT, { id: this.runId }, (data) => {
      this.count = data.flow_run_by_pk?.flow?.tasks_aggregate.aggregate.count ?? this.count;
    });
  }

  /** @param {number} page */
  loadPage(page) {
    if (this.rows.has(page * PAGE) || page * PAGE >= this.count) return;
    this.once.get(`page ${page}`, TASK_RUNS, { id: this.runId, offset: page * PAGE }, (data) => {
      this.take(data.flow_run_by_pk, page * PAGE);
    });
  }
}
