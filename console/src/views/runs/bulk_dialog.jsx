import { useEffect, useState } from "preact/hooks";
import { useQuery } from "../../api/use_query.js";
import { AsCode } from "../../parts/action.jsx";
import { Dialog } from "../../parts/dialog.jsx";
import { Failure } from "../../parts/notice.jsx";
import { changeAll, documentOf } from "./bulk.js";
import { commandOf } from "./bulk_command.js";
import { BulkFields } from "./bulk_fields.jsx";
import { BulkResult, Preview } from "./bulk_result.jsx";
import { whereOf } from "./filters.js";

/**
 * A dialog that says how many runs a change meets and what it costs, and then makes it portion by portion.
 * @param {{
 *   change: import("./bulk.js").Change, filters: import("./filters.js").RunFilters,
 *   onClose: () => void,
 * }} props
 */
export function BulkDialog({ change, filters, onClose }) {
  const [more, setMore] = useState(/** @type {Record<string, unknown>} */ (STATE[change.mutation] ?? {}));
  const [work, setWork] = useState(/** @type {any} */ (null));
  const where = whereOf(filters);
  const chosen = Object.keys(where).length > 0 ? { where } : { all: true };
  const input = { ...chosen, ...more };
  const document = documentOf(change);
  // Without the message, which changes no count: a count that begins anew would disable the button under a press.
  const counting = { ...input, message: undefined, dry_run: true };
  const preview = useQuery(document, { input: counting }, { poll: false });
  const counted = preview.data?.[change.mutation];

  useEffect(() => () => work?.stop.abort(), [work?.stop]);

  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    const stop = new AbortController();
    setWork({ stop });
    try {
      const sent = { ...input, as_of: counted.as_of };
      const { sum, isWhole } = await changeAll(change, sent, (sum) => setWork({ stop, sum }), stop.signal);
      setWork({ sum, isWhole, stop });
    } catch (error) {
      setWork((/** @type {any} */ before) => ({ ...before, error }));
    }
  };
  const isAtWork = work && work.isWhole === undefined && !work.error;
  return (
    <Dialog title={change.title} onClose={onClose}>
      <form onSubmit={submit}>
        <BulkFields change={change} more={more} onChange={setMore} disabled={Boolean(work)} />
        <Failure error={preview.error} retry={preview.refresh} />
        {work ? <BulkResult change={change} work={work} /> : <Preview change={change} counted={counted} />}
        <Failure error={work?.error} />
        <footer>
          {!work && (
            <button
              type="submit"
              class={change.command === "set-states" ? "main" : "danger"}
              disabled={!counted || counted.changed === 0}
            >
              {change.verb}
            </button>
          )}
          {isAtWork && (
            <button type="button" onClick={() => work.stop.abort()}>
              Stop after this portion
            </button>
          )}
          <button type="button" onClick={onClose}>
            Close
          </button>
        </footer>
      </form>
      <AsCode sent={{ document, variables: { input }, command: commandOf(change.command, chosen, more) }} />
    </Dialog>
  );
}

const STATE = /** @type {Record<string, Record<string, unknown>>} */ ({
  set_state_of_flow_runs: { state: "Failed" },
});
