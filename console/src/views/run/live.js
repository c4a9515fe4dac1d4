import { signal } from "@preact/signals";
import { ask } from "../../api/ask.js";
import { Poller } from "../../api/poller.js";
import { isOver } from "../../parts/states.js";
import { LOG, PAGE, viewOf } from "./documents.js";
import { LogPages } from "./log_pages.js";
import { logFiltersOf } from "./log_query.js";
import { TaskPages } from "./task_pages.js";

const PORTIONS = 3;

/**
 * What is known of a run. `run` is undefined until it has come, and null if there is none.
 * @typedef {{run: any, artifacts: any[], panel: {run: any, artifacts: any[]} | null, error: unknown}} Known
 */

/**
 * A flow run as the view shows it. Each refresh is one request: what changes of the run, and what its tab shows.
 */
export class LiveRun {
  /**
   * @param {string} id
   * @param {() => {tab: string, query: URLSearchParams}} place  the tab, and what else the address says
   */
  constructor(id, place) {
    this.id = id;
    this.place = place;
    /** @type {import("@preact/signals").Signal<Known>} */
    this.known = signal({ run: undefined, artifacts: [], panel: null, error: null });
    /** Counts the changes of the pages, which are drawn anew then. */
    this.turn = signal(0);
    this.tasks = new TaskPages(id, (document, variables) => ask(document, variables), this.#drawn);
    this.log = new LogPages(id, logFiltersOf(place().query));
    this.logKey = "";
    this.logError = signal(/** @type {unknown} */ (null));
    this.last = "";
    this.poller = this.#newPoller();
  }

  start() {
    this.poller.end();
    this.poller = this.#newPoller();
    this.poller.now();
  }

  #newPoller() {
    return new Poller((signal) => this.#refresh(signal), {
      failed: (error) => {
        this.known.value = { ...this.known.value, error };
      },
    });
  }

  #drawn = () => {
    this.turn.value += 1;
  };

  /** @param {AbortSignal} signal */
  async #refresh(signal) {
    const { tab, query } = this.place();
    const panel = query.get("task_run");
    const before = this.known.value.run;
    const log = tab === "logs" ? this.#logFor(query) : null;
    const portion = log ? (log.begun ? log.tail() : log.next()) : null;
    const page = tab === "timeline" ? this.tasks.page : 0;
    const tasks = this.#needsTasks(tab, page);
    const open = tasks && tab === "timeline" ? this.tasks.openPage() : null;
    const parents = tasks && tab === "timeline" && this.tasks.rows.size > 0 ? this.tasks.counted() : [];
    const data = await ask(
      viewOf(parents),
      {
        id: this.id,
        whole: !before || before.agent_id !== this.agentId,
        artifacts: tab === "overview",
        tasks,
        offset: page * PAGE,
        names: this.tasks.count < 0,
        open: Boolean(open),
        ...(open ?? { task: this.id, from: 0, to: 0 }),
        log: portion !== null,
        ...(portion ?? { logs: {}, newest: true, lines: 1, after: null }),
        panel: panel !== null && isId(panel),
        taskRun: panel !== null && isId(panel) ? panel : this.id,
      },
      signal,
    );
    if (signal.aborted) return false;
    if (data.children) this.tasks.takeChildren(data.children);
    this.tasks.takeCounts(parents, data);
    const changed = this.#take(data, { tasks, offset: page * PAGE });
    return (log && portion ? this.#takeLog(log, data.log) : false) || changed;
  }

  /**
   * @param {any} data
   * @param {{tasks: boolean, offset: number}} asked
   */
  #take(data, { tasks, offset }) {
    const { run, artifacts } = this.known.value;
    const news = data.flow_run_by_pk;
    const text = JSON.stringify({ ...data, log: null });
    const changed = text !== this.last;
    this.last = text;
    if (news?.created) this.agentId = news.agent_id;
    if (news) this.tasks.take(news, offset);
    if (tasks) this.rested = news?.version ?? -1;
    this.known.value = {
      run: news && { ...run, ...news },
      artifacts: data.task_run_artifact ?? artifacts,
      panel: data.own ? { run: data.task_run_by_pk, artifacts: data.own } : null,
      error: null,
    };
    if (changed) this.#drawn();
    return changed;
  }

  /**
   * Return whether a refresh asks for task runs. Those of a run that is over are asked for once for each version
   * of the run, and the log needs them once, for the names of the tasks.
   * @param {string} tab
   * @param {number} page
   */
  #needsTasks(tab, page) {
    if (tab === "overview") return false;
    const { run } = this.known.value;
    if (this.tasks.count !== 0 && !this.tasks.rows.has(page * PAGE)) return true;
    return tab !== "logs" && !(isOver(run.state) && run.version === this.rested);
  }

  rested = -1;
  agentId = /** @type {string | null} */ (null); // the one that was read with the whole of the run

  /** @param {URLSearchParams} query */
  #logFor(query) {
    const filters = logFiltersOf(query);
    const key = JSON.stringify(filters);
    if (key !== this.logKey) {
      this.logKey = key;
      this.log = new LogPages(this.id, filters);
    }
    return this.log;
  }

  /**
   * @param {LogPages} log
   * @param {import("./log_pages.js").Found} found
   */
  #takeLog(log, found) {
    const first = !log.begun;
    if (first) log.take(found);
    const changed = first || log.takeTail(found);
    if (changed) this.#drawn();
    return changed;
  }

  /**
   * Ask for the next portion of the log, unless one is on its way. Where few entries match, some portions are
   * looked through at once; a log of any length is only looked through on demand, because that costs.
   */
  async moreLog() {
    const log = this.log;
    if (!log.begun || log.ended || this.loadingLog === log) return;
    this.loadingLog = log;
    this.logError.value = null;
    const before = log.entries.length;
    try {
      for (let count = 0; count < PORTIONS && !log.ended && log.entries.length === before; count += 1) {
        log.take((await ask(LOG, log.next())).log);
        this.#drawn();
      }
    } catch (error) {
      this.logError.value = error;
    }
    this.loadingLog = null;
    this.#drawn();
  }

  loadingLog = /** @type {LogPages | null} */ (null);
}

/**
 * Return whether a text can be the id of anything.
 * @param {string} text
 */
export function isId(text) {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
