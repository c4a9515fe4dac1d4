import { href } from "../../app/route.js";
import { Strip } from "../../parts/strip.jsx";
import { Table } from "../../parts/table.jsx";
import { Time } from "../../parts/time.jsx";
import { ScheduleState } from "../schedules/schedule_state.jsx";
import { NEWEST } from "./use_flows.js";

const COLUMNS = [
  {
    title: "Flow",
    cell: (/** @type {any} */ flow) => <a href={href(`flows/${flow.id}`)}>{flow.name}</a>,
  },
  { title: "Project", minor: true, cell: (/** @type {any} */ flow) => flow.project?.name },
  { title: "Version", number: true, minor: true, cell: (/** @type {any} */ flow) => flow.version },
  { title: "Last runs", cell: (/** @type {any} */ flow) => <LastRuns runs={flow.flow_group?.flow_runs} /> },
  {
    title: "Schedule",
    cell: (/** @type {any} */ flow) => (
      <ScheduleState
        active={flow.is_schedule_active}
        pause={flow.schedule?.pause}
        fault={flow.schedule_fault}
      />
    ),
  },
  {
    title: "Next run",
    cell: (/** @type {any} */ { is_schedule_active, schedule }) => (
      <Time at={is_schedule_active ? schedule?.next_run : null} />
    ),
  },
];

/**
 * A table of flows.
 * @param {{flows: any[]}} props
 */
export function FlowTable({ flows }) {
  return <Table label="Flows" columns={COLUMNS} rows={flows} />;
}

/**
 * The newest runs of a flow that have begun. Those that a schedule makes ahead are the newest of all.
 * @param {{runs?: any[]}} props
 */
function LastRuns({ runs }) {
  if (!runs) return <span class="faint">…</span>;
  const begun = runs.filter((run) => run.state !== "Scheduled");
  if (begun.length > 0) return <Strip runs={begun.slice(0, 15)} height={26} />;
  const others = runs.length < NEWEST ? "None has begun" : `The newest ${NEWEST} have not begun`;
  return <span class="faint">{runs.length > 0 ? others : "None yet"}</span>;
}
