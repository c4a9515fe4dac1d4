import { AsCode } from "../../parts/action.jsx";
import { Empty } from "../../parts/notice.jsx";
import { Table } from "../../parts/table.jsx";
import { Time } from "../../parts/time.jsx";
import { millis, utc } from "../../parts/times.js";

const COLUMNS = [
  {
    title: "In its zone",
    cell: (/** @type {any} */ { local_time, time_zone }) => (
      <>
        <span class="number">{local_time.slice(0, 19).replace("T", " ")}</span>{" "}
        <span class="faint">
          {local_time.slice(19).replace(/^\.\d+/, "")} {time_zone}
        </span>
      </>
    ),
  },
  { title: "UTC", minor: true, cell: (/** @type {any} */ { time }) => utc(millis(time)) },
  { title: "From now", cell: (/** @type {any} */ { time }) => <Time at={time} /> },
  { title: "Clock", number: true, minor: true, cell: (/** @type {any} */ { clock }) => clock },
  {
    title: "Remark",
    cell: (/** @type {any} */ { reason, remark }) => (
      <>
        {reason && <span class="state waiting">{reason}</span>} {remark}
      </>
    ),
  },
];

/**
 * The next times of a schedule, each in the zone of its clock and in UTC, and what is odd with it.
 * @param {{groupId: string, times?: any[]}} props  no times if the schedule is at fault
 */
export function NextTimes({ groupId, times }) {
  return (
    <>
      <h2>Next times</h2>
      {times?.length ? (
        <Table
          label="Next times"
          columns={COLUMNS}
          rows={times}
          keyOf={({ time, clock }) => `${time} ${clock}`}
        />
      ) : (
        <Empty>
          {times ? "There are none any more." : "They are not known while the schedule is at fault."}
        </Empty>
      )}
      <AsCode sent={previewOf(groupId)} />
    </>
  );
}

/**
 * Return the query of the next times, and the command that shows them.
 * @param {string} groupId
 * @returns {import("../../parts/action.jsx").Sent}
 */
function previewOf(groupId) {
  return {
    document: `
query Preview($group: UUID!) {
  schedule_preview(flow_group_id: $group, limit: 10) { time local_time time_zone clock reason remark }
}`,
    variables: { group: groupId },
    command: `flow-runs schedule preview ${groupId}`,
  };
}
