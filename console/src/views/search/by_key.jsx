import { useState } from "preact/hooks";
import { useQuery } from "../../api/use_query.js";
import { href } from "../../app/route.js";
import { Empty, Failure } from "../../parts/notice.jsx";
import { Results } from "./results.jsx";
import { BY_KEY, LONGEST_KEY } from "./searches.js";

const NOTHING_YET = { rows: /** @type {any[]} */ ([]), flows: 0, after: /** @type {string | null} */ (null) };

/**
 * The runs for which an idempotency key stands, in any flow. It is looked up in some flows with each request.
 * @param {{text: string}} props
 */
export function ByKey({ text }) {
  const [before, keep] = useState(NOTHING_YET);
  const isKey = text.length <= LONGEST_KEY;
  const asked = useQuery(isKey ? BY_KEY : null, { key: text, after: before.after }, { poll: false });
  const found = asked.data?.found;
  const rows = [...before.rows, ...(found?.rows ?? [])];
  const flows = before.flows + (found?.looked_at ?? 0);
  const isMore = found ? found.next !== null : before.after !== null;
  return (
    <>
      <Failure error={asked.error} retry={asked.refresh} />
      {rows.length > 0 && <Results results={rows.map(resultOf)} />}
      {rows.length === 0 && (!isKey || (found && !isMore)) && <Nothing />}
      {isKey && !found && !isMore && !asked.error && <p class="empty">Loading…</p>}
      {isMore && (
        <p aria-live="polite">
          {rows.length === 0 && "Nothing was found yet. "}
          The key was looked for in {flows.toLocaleString()} flows.{" "}
          <button type="button" onClick={() => found && keep({ rows, flows, after: found.next })}>
            {found ? "Look in more flows" : "Looking…"}
          </button>
        </p>
      )}
    </>
  );
}

/** @param {any} row */
function resultOf(row) {
  return { kind: "Run of this key", address: href(`runs/${row.id}`), row };
}

function Nothing() {
  return (
    <Empty>
      Nothing was found. Names are compared as a whole. Keys are found for 24 hours from their last use; for
      older ones <a href={href("runs")}>name the flow in the list of runs</a>.
    </Empty>
  );
}
