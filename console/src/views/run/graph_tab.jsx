import { useEffect, useState } from "preact/hooks";
import { Graph } from "../../parts/graph.jsx";
import { Empty, Failure } from "../../parts/notice.jsx";
import { State } from "../../parts/state.jsx";
import { kindOf } from "../../parts/states.js";
import { Table } from "../../parts/table.jsx";
import { PAGE } from "./documents.js";
import { panelAddress } from "./timeline_row.jsx";

const ZOOMS = [0.4, 0.6, 0.8, 1, 1.3, 1.6];

/**
 * The tasks of the flow with the states of their runs, joined by their edges.
 * @param {{live: import("./live.js").LiveRun}} props
 */
export function GraphTab({ live }) {
  live.turn.value; // drawn anew when states have come
  const [zoom, setZoom] = useState(3);
  const { count, names, edges, rows } = live.tasks;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the count tells whether there are few enough to draw
  useEffect(() => live.tasks.loadEdges(), [live, count]);
  if (count < 0) return <p class="empty">Loading…</p>;
  if (count === 0) return <Empty>The flow has no tasks.</Empty>;
  const byTask = new Map([...rows.values()].map((row) => [row.task_id, row]));
  const tasks = [...names.values()];
  if (count >= PAGE) return <List tasks={tasks} byTask={byTask} count={count} />;
  if (edges === null) return <Failure error={live.tasks.error} />;
  return (
    <>
      <div class="row graph-tools">
        <button
          type="button"
          class="small"
          aria-label="Smaller"
          disabled={zoom === 0}
          onClick={() => setZoom(zoom - 1)}
        >
          −
        </button>
        <span aria-live="polite">{Math.round((ZOOMS[zoom] ?? 1) * 100)} %</span>
        <button
          type="button"
          class="small"
          aria-label="Larger"
          disabled={zoom === ZOOMS.length - 1}
          onClick={() => setZoom(zoom + 1)}
        >
          +
        </button>
        <span class="faint">
          {count} {count === 1 ? "task" : "tasks"}, {edges.length} {edges.length === 1 ? "edge" : "edges"}
        </span>
      </div>
      <Graph
        label="Graph of the tasks"
        zoom={ZOOMS[zoom]}
        nodes={tasks.map((task) => nodeOf(task, byTask.get(task.id)))}
        edges={edges.map((edge) => ({ from: edge.upstream_task_id, to: edge.downstream_task_id }))}
      />
    </>
  );
}

/**
 * @param {any} task
 * @param {any} taskRun
 */
function nodeOf(task, taskRun) {
  const name = task.name || task.slug;
  return {
    id: task.id,
    name,
    kind: taskRun ? kindOf(taskRun.state) : "",
    mark: taskRun ? MARKS[kindOf(taskRun.state)] : "",
    title: `${name}: ${taskRun?.state ?? "not begun"}${task.mapped ? ", mapped" : ""}`,
    href: taskRun ? panelAddress(taskRun.id) : undefined,
  };
}

const MARKS = /** @type {Record<string, string>} */ ({
  good: "✓",
  bad: "✕",
  ended: "■",
  live: "▶",
  soon: "▷",
  waiting: "○",
});

/** @param {{tasks: any[], byTask: Map<string, any>, count: number}} props */
function List({ tasks, byTask, count }) {
  const columns = [
    {
      title: "State",
      cell: (/** @type {any} */ task) => byTask.has(task.id) && <State state={byTask.get(task.id).state} />,
    },
    {
      title: "Task",
      cell: (/** @type {any} */ task) => {
        const taskRun = byTask.get(task.id);
        const name = <bdi>{task.name || task.slug}</bdi>;
        return taskRun ? <a href={panelAddress(taskRun.id)}>{name}</a> : name;
      },
    },
  ];
  return (
    <>
      <p>
        A graph of {count.toLocaleString()} tasks is not drawn. These are the first {tasks.length}; the
        timeline has them all.
      </p>
      <Table label="Tasks" columns={columns} rows={tasks} />
    </>
  );
}
