import { Graph } from "../../parts/graph.jsx";
import { Empty } from "../../parts/notice.jsx";
import { Table } from "../../parts/table.jsx";

const COLUMNS = [
  { title: "Task", cell: (/** @type {any} */ task) => nameOf(task) },
  { title: "Slug", minor: true, cell: (/** @type {any} */ task) => <code>{task.slug}</code> },
  { title: "Type", minor: true, cell: (/** @type {any} */ task) => task.type?.split(".").at(-1) },
  { title: "Mapped", cell: (/** @type {any} */ task) => (task.mapped ? "Yes" : "") },
  { title: "Tags", cell: (/** @type {any} */ task) => task.tags?.join?.(", ") },
  {
    title: "Retries",
    number: true,
    cell: (/** @type {any} */ { max_retries, retry_delay }) =>
      max_retries > 0 && `${max_retries}${retry_delay ? `, after ${retry_delay}` : ""}`,
  },
  {
    title: "Begins when",
    minor: true,
    cell: (/** @type {any} */ task) => task.trigger?.split(".").at(-1)?.replaceAll("_", " "),
  },
];

/**
 * The tasks of a flow: how they follow each other, and what each one is.
 * @param {{flow: any}} props
 */
export function TasksTab({ flow }) {
  const tasks = /** @type {any[]} */ (flow.tasks);
  if (tasks.length === 0) return <Empty>It has no tasks.</Empty>;
  const nodes = tasks.map((task) => ({
    id: task.id,
    name: nameOf(task),
    title: `${nameOf(task)} (${task.slug})`,
    mark: task.mapped ? "⁂" : "",
  }));
  const edges = flow.edges.map((/** @type {any} */ edge) => ({
    from: edge.upstream_task_id,
    to: edge.downstream_task_id,
  }));
  return (
    <>
      <h2>Graph</h2>
      {tasks.some(({ mapped }) => mapped) && <p class="faint">⁂ is a task that is mapped over its inputs.</p>}
      <Graph label="Graph of the tasks" nodes={nodes} edges={edges} />
      <h2>Tasks</h2>
      <Table label="Tasks" columns={COLUMNS} rows={tasks} />
    </>
  );
}

/** @param {any} task */
function nameOf(task) {
  return task.name ?? task.slug;
}
