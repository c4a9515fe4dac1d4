import { useState } from "preact/hooks";
import { Code } from "../../parts/copy.jsx";
import { State } from "../../parts/state.jsx";
import { Table } from "../../parts/table.jsx";
import { Duration, Time } from "../../parts/time.jsx";
import { Artifacts } from "./artifacts.jsx";

const SHOWN = 50;

/**
 * The history of a run, what it was given, and what its tasks have published.
 * @param {{live: import("./live.js").LiveRun}} props
 */
export function OverviewTab({ live }) {
  const { run, artifacts } = live.known.value;
  return (
    <>
      <h2>History</h2>
      <History states={run.states} />
      <div class="grid">
        <Value title="Parameters" value={run.parameters} empty="It has no parameters." />
        <Value title="Context" value={run.context} empty="It has no context." />
        <Value title="Run config" value={run.run_config} empty="It has no run config." />
      </div>
      <h2>Artifacts</h2>
      <Artifacts artifacts={artifacts} empty="No task has made an artifact." />
    </>
  );
}

/**
 * The states of a run or of a task run, the newest first.
 * @param {{states: any[]}} props
 */
export function History({ states }) {
  const [all, setAll] = useState(false);
  const rows = states
    .map((state, at) => ({ ...state, until: states[at + 1]?.timestamp }))
    .sort((a, b) => b.version - a.version);
  return (
    <>
      <Table
        label="History of states"
        columns={COLUMNS}
        rows={all ? rows : rows.slice(0, SHOWN)}
        keyOf={({ version }) => String(version)}
      />
      {!all && rows.length > SHOWN && (
        <button type="button" onClick={() => setAll(true)}>
          Show all {rows.length}
        </button>
      )}
    </>
  );
}

const COLUMNS = [
  { title: "Version", number: true, cell: (/** @type {any} */ row) => row.version },
  { title: "State", cell: (/** @type {any} */ row) => <State state={row.state} /> },
  { title: "Since", cell: (/** @type {any} */ row) => <Time at={row.timestamp} absolute /> },
  {
    title: "For",
    number: true,
    minor: true,
    cell: (/** @type {any} */ row) => row.until && <Duration start={row.timestamp} end={row.until} />,
  },
  { title: "Message", cell: (/** @type {any} */ row) => <Message text={row.message ?? ""} /> },
];

/** @param {{text: string}} props */
function Message({ text }) {
  if (text.length <= 300) return <bdi>{text}</bdi>;
  return (
    <details>
      <summary>
        <bdi>{text.slice(0, 200)}…</bdi>
      </summary>
      <p class="long">{text}</p>
    </details>
  );
}

/** @param {{title: string, value: any, empty: string}} props */
function Value({ title, value, empty }) {
  const isEmpty = !value || Object.keys(value).length === 0;
  return (
    <section aria-label={`${title} of the run`}>
      <h2>{title}</h2>
      {isEmpty ? <p class="faint">{empty}</p> : <Code label={title} text={JSON.stringify(value, null, 2)} />}
    </section>
  );
}
