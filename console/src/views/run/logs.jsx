import { useRef, useState } from "preact/hooks";
import { route } from "../../app/route.js";
import { Failure } from "../../parts/notice.jsx";
import { Virtual } from "../../parts/virtual.jsx";
import { LogDownload } from "./log_download.jsx";
import { LogEntry } from "./log_entry.jsx";
import { LogFilterFields } from "./log_filters.jsx";
import { logFiltersOf } from "./log_query.js";
import { LogRow } from "./log_row.jsx";

const ROW = 24;
const NEAR = 100;

/**
 * The log of a run: filtered, live, the newest or the oldest entry first.
 * @param {{live: import("./live.js").LiveRun}} props
 */
export function Logs({ live }) {
  const turn = live.turn.value; // drawn anew when entries have come
  const asked = useRef(/** @type {[object, number] | null} */ (null));
  const [chosen, choose] = useState(/** @type {any} */ (null));
  const { tasks } = live;
  const log = live.log.pages;
  const { entries } = log;
  const filters = logFiltersOf(route.value.query);
  const key = JSON.stringify(filters);
  const taskRuns = [...tasks.rows.values()];
  const nameOf = namesOf(tasks, taskRuns);
  return (
    <>
      <LogFilterFields filters={filters} taskRuns={taskRuns} nameOf={nameOf} />
      <div class="row">
        <span class="faint" aria-live="polite">
          {entries.length.toLocaleString()} {entries.length === 1 ? "entry" : "entries"}
          {log.begun && !log.ended && ` of the ${log.looked.toLocaleString()} that were looked at, and more`}
        </span>
        {log.begun && !log.ended && (
          <button
            type="button"
            class="small"
            disabled={live.log.loading === log}
            onClick={() => live.log.more()}
          >
            Look further
          </button>
        )}
        <LogDownload live={live} filters={filters} />
      </div>
      <Failure error={live.log.error.value} retry={() => live.log.more()} />
      {log.ended && entries.length === 0 && <p class="empty">No entry matches, or none has come yet.</p>}
      {!log.begun && <p class="empty">Loading…</p>}
      {entries.length > 0 && (
        <Virtual
          key={key}
          label="Log entries"
          count={entries.length}
          row={ROW}
          version={turn}
          ahead={log.ahead}
          stay={filters.oldest && log.ended}
          render={(at) => <LogRow entry={entries[at]} nameOf={nameOf} onOpen={() => choose(entries[at])} />}
          onShown={(_, end) => {
            const [of, length] = asked.current ?? [];
            if (end > entries.length - NEAR && (of !== log || length !== entries.length)) {
              asked.current = [log, entries.length];
              live.log.more();
            }
          }}
        />
      )}
      {chosen && <LogEntry entry={chosen} nameOf={nameOf} onClose={() => choose(null)} />}
    </>
  );
}

/**
 * Return what names the task run of an entry.
 * @param {import("./task_pages.js").TaskPages} tasks
 * @param {any[]} taskRuns
 */
function namesOf(tasks, taskRuns) {
  const byId = new Map(taskRuns.map((row) => [row.id, row]));
  return (/** @type {string | null} */ id) => {
    if (!id) return "";
    const row = byId.get(id);
    const task = row && tasks.names.get(row.task_id);
    return row?.name || task?.name || task?.slug || "task run";
  };
}
