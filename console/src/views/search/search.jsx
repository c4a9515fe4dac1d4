import { useQuery } from "../../api/use_query.js";
import { href, route } from "../../app/route.js";
import { Empty, Loaded } from "../../parts/notice.jsx";
import { State } from "../../parts/state.jsx";
import { Time } from "../../parts/time.jsx";
import { searchOf } from "./searches.js";

/** What has the text of the search as its id, name or idempotency key. */
export function Found() {
  const text = route.value.query.get("text") ?? "";
  const { document, variables } = searchOf(text);
  const found = useQuery(text ? document : null, variables, { poll: false });
  return (
    <>
      <h1>Search</h1>
      {text ? (
        <p>
          Things whose id or name is <strong>{text}</strong>
        </p>
      ) : (
        <Empty>Give an id or a name above.</Empty>
      )}
      {text && <Loaded query={found}>{(data) => <Results results={resultsOf(data)} />}</Loaded>}
    </>
  );
}

/** @param {{results: any[]}} props */
function Results({ results }) {
  if (results.length === 0) {
    return (
      <Empty>
        Nothing was found. Names are compared as a whole. A key is found in the runs of a flow:{" "}
        <a href={href("runs")}>name the flow in the list of runs</a>.
      </Empty>
    );
  }
  return (
    <ul class="plain">
      {results.map(({ kind, address, row }) => (
        <li key={`${kind}${row.id}`}>
          <span class="faint">{kind}</span> <a href={address}>{row.name ?? row.id}</a>{" "}
          {row.state && <State state={row.state} />}{" "}
          {row.flow?.name && <span class="faint">of {row.flow.name}</span>}{" "}
          {row.created && <Time at={row.created} />}
        </li>
      ))}
    </ul>
  );
}

/** @param {any} data */
function resultsOf(data) {
  const seen = new Set();
  const results = [];
  for (const [name, kind, place] of PLACES) {
    const rows = [data[name] ?? []].flat();
    for (const row of rows) {
      if (seen.has(row.id)) continue;
      seen.add(row.id);
      results.push({ kind, row, address: place(row) });
    }
  }
  return results;
}

/** What each field of the answer is, and where it leads. */
const PLACES = /** @type {[string, string, (row: any) => string][]} */ ([
  ["run", "Run", (row) => href(`runs/${row.id}`)],
  ["runs", "Run", (row) => href(`runs/${row.id}`)],
  ["task_run", "Task run", (row) => href(`runs/${row.flow_run_id}`, { task_run: row.id })],
  ["flow", "Flow", (row) => href(`flows/${row.id}`)],
  ["flows", "Flow", (row) => href(`flows/${row.id}`)],
  ["projects", "Project", (row) => href("flows", { project: row.id })],
]);
