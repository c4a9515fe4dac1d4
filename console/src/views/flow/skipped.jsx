import { href } from "../../app/route.js";
import { Empty } from "../../parts/notice.jsx";
import { Table } from "../../parts/table.jsx";
import { Time } from "../../parts/time.jsx";

const COLUMNS = [
  { title: "Was due", cell: (/** @type {any} */ one) => <Time at={one.scheduled_time} absolute /> },
  { title: "Reason", cell: (/** @type {any} */ one) => one.reason },
  { title: "In words", cell: (/** @type {any} */ one) => one.message },
  {
    title: "Run",
    cell: (/** @type {any} */ one) =>
      one.flow_run_id && <a href={href(`runs/${one.flow_run_id}`)}>Its run</a>,
  },
];

/**
 * What a schedule skipped last, and why.
 * @param {{occurrences: any[]}} props
 */
export function Skipped({ occurrences }) {
  return (
    <>
      <h2>Skipped last</h2>
      {occurrences.length === 0 ? (
        <Empty>Nothing was skipped.</Empty>
      ) : (
        <Table label="Skipped last" columns={COLUMNS} rows={occurrences} />
      )}
    </>
  );
}
