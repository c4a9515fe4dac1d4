import { change, route } from "../../app/route.js";
import { now } from "../../parts/clock.js";
import { Empty, Failure } from "../../parts/notice.jsx";
import { isOver } from "../../parts/states.js";
import { millis } from "../../parts/times.js";
import { Virtual } from "../../parts/virtual.jsx";
import { CHILD_PAGE, PAGE } from "./documents.js";
import { marksOf, rangeOf } from "./gantt.js";
import { childrenOf, countRows, inSight, pagesOf, rowAt } from "./rows.js";
import { TimelineRow } from "./timeline_row.jsx";

const ROW = 34;
// Counting reads each child. Those of a larger parent are counted when it is opened.
const COUNTED_FOLDED = 10_000;

/**
 * The task runs of a run over time. Children of mapped tasks are folded under their parent.
 * @param {{live: import("./live.js").LiveRun}} props
 */
export function Timeline({ live }) {
  live.turn.value; // drawn anew when pages have come
  const { tasks } = live;
  const { run } = live.known.value;
  if (tasks.count < 0) return <p class="empty">Loading…</p>;
  if (tasks.count === 0) return <Empty>The flow has no tasks, so the run has no task runs.</Empty>;

  const names = (route.value.query.get("open") ?? "").split(" ").filter(Boolean);
  const opened = openedOf(tasks, names);
  const count = countRows(tasks.count, opened);
  const end = isOver(run.state) ? millis(run.end_time) : now.value;
  const range = rangeOf(run, [...tasks.rows.values()], Number.isNaN(end) ? now.value : end);

  /** @param {any} parent */
  const toggle = (parent) => {
    const others = names.filter((name) => name !== parent.task_id);
    const all = others.length < names.length ? others : [...names, parent.task_id];
    change({ open: all.join(" ") }, { replace: true });
  };
  /** @param {number} at */
  const render = (at) => {
    const row = rowAt(at, opened);
    const parent = tasks.rows.get(row.at);
    const one = row.kind === "child" ? tasks.mapped.row(parent.id, row.index) : parent;
    return (
      <TimelineRow
        taskRun={one}
        name={nameOf(tasks, row, parent)}
        child={row.kind === "child"}
        range={range}
        counts={row.kind === "task" && parent ? tasks.mapped.counts.get(parent.id) : undefined}
        open={row.kind === "task" && childrenOf(parent) > 0 ? names.includes(parent.task_id) : undefined}
        folded={childrenOf(parent)}
        onToggle={() => toggle(parent)}
      />
    );
  };
  return (
    <>
      <Failure error={tasks.error} />
      <Axis range={range} count={tasks.count} />
      <Virtual
        label="Task runs over time"
        count={count}
        row={ROW}
        render={render}
        version={live.turn.value}
        onShown={(first, last) => load(tasks, opened, first, last)}
      />
    </>
  );
}

/**
 * @param {{range: import("./gantt.js").Range | null, count: number}} props
 */
function Axis({ range, count }) {
  return (
    <div class="gantt-row gantt-axis">
      <span class="faint">
        {count.toLocaleString()} {count === 1 ? "task" : "tasks"}
      </span>
      <svg class="gantt" aria-hidden="true">
        {range &&
          marksOf(range).map(({ x, text }) => (
            <text key={x} x={`${x}%`} y="15">
              {text}
            </text>
          ))}
      </svg>
    </div>
  );
}

/**
 * Return the open parents by their place. Only those whose page has come are known.
 * @param {import("./task_pages.js").TaskPages} tasks
 * @param {string[]} names  ids of tasks
 */
function openedOf(tasks, names) {
  if (names.length === 0) return [];
  const wanted = new Set(names);
  return [...tasks.rows]
    .filter(([, row]) => wanted.has(row.task_id) && childrenOf(row) > 0)
    .map(([at, row]) => ({ at, children: childrenOf(row) }))
    .sort((a, b) => a.at - b.at);
}

/**
 * @param {import("./task_pages.js").TaskPages} tasks
 * @param {import("./rows.js").Row} row
 * @param {any} parent
 */
function nameOf(tasks, row, parent) {
  if (row.kind === "child") return `[${row.index}]`;
  const task = parent && tasks.names.get(parent.task_id);
  return parent?.name || task?.name || task?.slug || "";
}

/**
 * Ask for what is in sight and has not come: pages of tasks, of children, and the counts of mapped ones.
 * @param {import("./task_pages.js").TaskPages} tasks
 * @param {import("./rows.js").Open[]} opened
 * @param {number} first
 * @param {number} last
 */
function load(tasks, opened, first, last) {
  const seen = inSight(first, last, opened);
  const pages = new Set(seen.tasks.map((at) => Math.floor(at / PAGE)));
  for (const page of pages) tasks.loadPage(page);
  tasks.page = Math.max(...pages, 0);
  tasks.seen = seen.tasks;
  const { mapped } = tasks;
  mapped.place = null;
  for (const [at, numbers] of pagesOf(seen.children, CHILD_PAGE)) {
    const parent = tasks.rows.get(at);
    if (!parent) continue;
    for (const page of numbers) {
      mapped.place = { parent, page };
      mapped.load(parent, page);
    }
  }
  mapped.parents = seen.tasks.map((at) => tasks.rows.get(at)).filter((row) => childrenOf(row) > 0);
  const open = new Set(opened.map(({ at }) => tasks.rows.get(at)));
  mapped.loadCounts(
    mapped.parents.filter((parent) => open.has(parent) || childrenOf(parent) <= COUNTED_FOLDED),
  );
}
