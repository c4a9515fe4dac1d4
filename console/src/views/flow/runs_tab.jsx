import { href } from "../../app/route.js";
import { Empty } from "../../parts/notice.jsx";
import { State } from "../../parts/state.jsx";
import { Strip } from "../../parts/strip.jsx";
import { Table } from "../../parts/table.jsx";
import { Duration, Time } from "../../parts/time.jsx";

const COLUMNS = [
  {
    title: "State",
    cell: (/** @type {any} */ run) => <State state={run.state} title={run.state_message} />,
  },
  { title: "Run", cell: (/** @type {any} */ run) => <a href={href(`runs/${run.id}`)}>{run.name}</a> },
  {
    title: "Flow version",
    number: true,
    minor: true,
    cell: (/** @type {any} */ { flow }) => flow && <a href={href(`flows/${flow.id}`)}>{flow.version}</a>,
  },
  { title: "Due", cell: (/** @type {any} */ run) => <Time at={run.scheduled_start_time} /> },
  { title: "Began", minor: true, cell: (/** @type {any} */ run) => <Time at={run.start_time} /> },
  {
    title: "Took",
    number: true,
    cell: (/** @type {any} */ run) => <Duration start={run.start_time} end={run.end_time} />,
  },
];

/**
 * The last runs of all versions of a flow: their durations as a strip, and a table.
 * @param {{flow: any}} props
 */
export function RunsTab({ flow }) {
  const runs = /** @type {any[]} */ (flow.flow_group.flow_runs);
  if (runs.length === 0) return <Empty>It has no runs yet. “Start a run…” makes the first one.</Empty>;
  const begun = runs.filter((run) => run.state !== "Scheduled");
  return (
    <>
      <h2>Last runs</h2>
      <Strip runs={begun} />
      <Table label="Last runs" columns={COLUMNS} rows={runs} />
      <p>
        <a href={href("runs", { flow: flow.name })}>All runs of flows of this name</a>
      </p>
    </>
  );
}
