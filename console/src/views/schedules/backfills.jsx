import { useState } from "preact/hooks";
import { href } from "../../app/route.js";
import { ActionDialog } from "../../parts/action.jsx";
import { Table } from "../../parts/table.jsx";
import { Time } from "../../parts/time.jsx";
import { backfillChange } from "./mutations.js";

const KINDS = /** @type {Record<string, string>} */ ({ running: "live", stopped: "waiting", done: "good" });

/**
 * Backfills with their progress, and what stops one or lets it go on.
 * @param {{backfills: any[], onDone: () => void}} props
 */
export function Backfills({ backfills, onDone }) {
  const [asked, ask] = useState(/** @type {any} */ (null));
  const columns = [
    { title: "Flow", cell: (/** @type {any} */ row) => <FlowLink schedule={row.schedule} /> },
    {
      title: "Status",
      cell: (/** @type {any} */ { status, fault }) => (
        <>
          <span class={`state ${KINDS[status] ?? ""}`}>{status}</span> {fault}
        </>
      ),
    },
    { title: "Progress", cell: (/** @type {any} */ row) => <Progress backfill={row} /> },
    { title: "From", minor: true, cell: (/** @type {any} */ row) => <Time at={row.first} absolute /> },
    { title: "To", minor: true, cell: (/** @type {any} */ row) => <Time at={row.last} absolute /> },
    { title: "Begun", cell: (/** @type {any} */ row) => <Time at={row.created} /> },
    {
      title: "Actions",
      cell: (/** @type {any} */ row) =>
        row.status !== "done" && (
          <button
            type="button"
            class="small"
            aria-label={`${verb(row)} the backfill of ${row.schedule?.name ?? row.id}`}
            onClick={() => ask(row)}
          >
            {verb(row)}
          </button>
        ),
    },
  ];
  return (
    <>
      <Table label="Backfills" columns={columns} rows={backfills} />
      {asked && (
        <ActionDialog
          title={`${verb(asked)} the backfill`}
          verb={verb(asked)}
          sent={backfillChange(asked.id, asked.status === "running")}
          onClose={() => ask(null)}
          onDone={() => {
            ask(null);
            onDone();
          }}
        >
          <p>
            {asked.status === "running"
              ? "It makes no more runs. Those that it has made stay."
              : "It goes on where it was stopped."}
          </p>
        </ActionDialog>
      )}
    </>
  );
}

/** @param {{status: string}} backfill */
function verb({ status }) {
  return status === "running" ? "Stop" : "Continue";
}

/** @param {{schedule: any}} props */
function FlowLink({ schedule }) {
  if (!schedule) return <span class="faint">Gone</span>;
  if (!schedule.flow_id) return schedule.name;
  return <a href={href(`flows/${schedule.flow_id}`, { tab: "schedule" })}>{schedule.name}</a>;
}

/** @param {{backfill: any}} props */
function Progress({ backfill: { count, taken, made, unfinished } }) {
  const words = `${taken} of ${count}`;
  return (
    <span title={`${made} runs were made, ${unfinished} are not over`}>
      <progress value={taken} max={Math.max(count, 1)} aria-label={words} /> {words}
    </span>
  );
}
