import { href } from "../../app/route.js";
import { State } from "../../parts/state.jsx";
import { Table } from "../../parts/table.jsx";
import { Duration, Time } from "../../parts/time.jsx";

const COLUMNS = [
  {
    title: "State",
    cell: (/** @type {any} */ run) => <State state={run.state} title={run.state_message} />,
  },
  {
    title: "Run",
    cell: (/** @type {any} */ run) => <a href={href(`runs/${run.id}`)}>{run.name}</a>,
  },
  {
    title: "Flow",
    cell: (/** @type {any} */ run) => run.flow && <a href={href(`flows/${run.flow.id}`)}>{run.flow.name}</a>,
  },
  {
    title: "Project",
    minor: true,
    cell: (/** @type {any} */ run) => run.flow?.project?.name,
  },
  {
    title: "Due",
    cell: (/** @type {any} */ run) => <Time at={run.scheduled_start_time} />,
  },
  {
    title: "Began",
    minor: true,
    cell: (/** @type {any} */ run) => <Time at={run.start_time} />,
  },
  {
    title: "Took",
    number: true,
    cell: (/** @type {any} */ run) => <Duration start={run.start_time} end={run.end_time} />,
  },
];

/**
 * A table of flow runs.
 * @param {{runs: any[]}} props
 */
export function RunTable({ runs }) {
  return <Table label="Runs" columns={COLUMNS} rows={runs} />;
}
