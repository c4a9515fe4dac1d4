import { href } from "../../app/route.js";
import { clocksInWords } from "../../parts/schedule_words.js";
import { Table } from "../../parts/table.jsx";
import { Time } from "../../parts/time.jsx";
import { ScheduleActions } from "./schedule_actions.jsx";
import { ScheduleState } from "./schedule_state.jsx";

/**
 * A table of schedules.
 * @param {{schedules: any[], onDone: () => void}} props
 */
export function ScheduleTable({ schedules, onDone }) {
  const columns = [
    {
      title: "Flow",
      cell: (/** @type {any} */ { flow, name }) =>
        flow ? <a href={href(`flows/${flow.id}`, { tab: "schedule" })}>{name}</a> : name,
    },
    { title: "Project", minor: true, cell: (/** @type {any} */ { flow }) => flow?.project?.name },
    { title: "Clock", cell: (/** @type {any} */ { schedule }) => <Clocks schedule={schedule} /> },
    {
      title: "State",
      cell: (/** @type {any} */ row) => (
        <ScheduleState active={row.is_active} pause={row.pause} fault={row.fault} />
      ),
    },
    { title: "Next run", cell: (/** @type {any} */ row) => <Time at={row.next_run} /> },
    {
      title: "Failures",
      number: true,
      minor: true,
      cell: (/** @type {any} */ row) => row.failures || "",
    },
    {
      title: "Last skipped",
      minor: true,
      cell: (/** @type {any} */ { occurrences: [last] }) =>
        last && (
          <span class="clipped" title={last.message}>
            <Time at={last.scheduled_time} /> {last.reason}
          </span>
        ),
    },
    {
      title: "Actions",
      cell: (/** @type {any} */ row) => <ScheduleActions schedule={row} onDone={onDone} />,
    },
  ];
  return <Table label="Schedules" columns={columns} rows={schedules} />;
}

/**
 * The clocks of a schedule in words, one below the other.
 * @param {{schedule: any}} props
 */
function Clocks({ schedule }) {
  const words = [...new Set(clocksInWords(schedule))];
  if (words.length === 0) return <span class="faint">None</span>;
  return (
    <>
      {words.slice(0, 3).map((clock) => (
        <div key={clock} class="clipped" title={clock}>
          {clock}
        </div>
      ))}
      {words.length > 3 && <span class="faint">and {words.length - 3} more</span>}
    </>
  );
}
