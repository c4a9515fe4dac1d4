import { signal } from "@preact/signals";
import { ask } from "../../api/ask.js";
import { Poller } from "../../api/poller.js";
import { isOver } from "../../parts/states.js";
import { PAGE, viewOf } from "./documents.js";
import { isId } from "./ids.js";
import { LiveLog } from "./live_log.js";
import { TaskPages } from "./task_pages.js";

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
    this.log = new LiveLog(id, place().query, this.#drawn);
    this.last = "";
    this.poller = this.#newPoller();
  }

  rested = -1; // the version at which the task runs of a run that is over were read
  agentId = /** @type {string | null} */ (null); // the one that was read with the whole of the run

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
    const hasPanel = panel !== null && isId(panel);
    const before = this.known.value.run;
    const log = tab === "logs" ? this.log.asked(query) : null;
    const tasks = this.#askedTasks(tab);
    const data = await ask(
      viewOf(tasks.parents),
      {
        id: this.id,
        whole: !before || before.agent_id !== this.agentId,
        artifacts: tab === "overview",
        ...tasks.variables,
        log: Boolean(log?.portion),
        ...(log?.portion ?? { logs: {}, newest: true, lines: 1, after: null }),
        panel: hasPanel,
        taskRun: hasPanel ? panel : this.id,
      },
      signal,
    );
    if (signal.aborted) return false;
    if (data.children) this.tasks.mapped.take(data.children);
    if (data.some && data.flow_run_by_pk) this.tasks.takeSome(data.some, data.flow_run_by_pk.version);
    this.tasks.mapped.takeCounts(tasks.parents, data);
    const changed = this.#take(data, tasks);
    return (log?.portion ? this.log.take(log.pages, data.log) : false) || changed;
  }

  /**
   * @param {any} data
   * @param {{wanted: boolean, variables: {offset: number}}} tasks
   */
  #take(data, { wanted, variables }) {
    const { run, artifacts } = this.known.value;
    const news = data.flow_run_by_pk;
    const text = JSON.stringify({ ...data, log: null });
    const changed = text !== this.last;
    this.last = text;
    if (news?.created) this.agentId = news.agent_id;
    if (news) this.tasks.take(news, variables.offset);
    if (wanted) this.rested = news?.version ?? -1;
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
   * Return which task runs a refresh asks for.
   * @param {string} tab
   */
  #askedTasks(tab) {
    const { mapped, isLarge, rows, count, page: seen } = this.tasks;
    const isTimeline = tab === "timeline";
    const page = isTimeline ? seen : 0;
    const wanted = this.#needsTasks(tab, page);
    const isSome = isTimeline && isLarge && rows.has(page * PAGE);
    const changing = isSome ? this.tasks.changing(this.known.value.run) : [];
    const open = wanted && isTimeline ? mapped.openPage() : null;
    return {
      wanted,
      parents: wanted && isTimeline && rows.size > 0 ? mapped.counted() : [],
      variables: {
        tasks: wanted && !isSome,
        offset: page * PAGE,
        names: count < 0,
        some: changing.length > 0,
        changing,
        open: Boolean(open),
        ...(open ?? { task: this.id, from: 0, to: 0 }),
      },
    };
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
}
