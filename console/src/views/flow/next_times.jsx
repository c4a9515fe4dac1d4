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
 * @param {{times?: any[]}} props  none if the schedule is at fault
 */
export function NextTimes({ times }) {
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
    </>
  );
}
