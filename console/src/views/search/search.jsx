import { useQuery } from "../../api/use_query.js";
import { href, route } from "../../app/route.js";
import { Empty, Loaded } from "../../parts/notice.jsx";
import { ByKey } from "./by_key.jsx";
import { Results } from "./results.jsx";
import { searchOf } from "./searches.js";

/** What has the text of the search as its id or name; if there is nothing, the runs of that idempotency key. */
export function Found() {
  const text = route.value.query.get("text") ?? "";
  const { document, variables } = searchOf(text);
  const found = useQuery(text ? document : null, variables, { poll: false });
  return (
    <>
      <h1>Search</h1>
      {text ? (
        <p>
          Things whose id, name or idempotency key is <strong>{text}</strong>
        </p>
      ) : (
        <Empty>Give an id, a name or an idempotency key above.</Empty>
      )}
      {text && (
        <Loaded query={found}>
          {(data) => {
            const results = resultsOf(data);
            return results.length > 0 ? <Results results={results} /> : <ByKey key={text} text={text} />;
          }}
        </Loaded>
      )}
    </>
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
