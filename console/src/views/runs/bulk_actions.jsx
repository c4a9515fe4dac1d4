import { useState } from "preact/hooks";
import { CHANGES } from "./bulk.js";
import { BulkDialog } from "./bulk_dialog.jsx";

/**
 * The buttons that change all runs of the list, on every page of it.
 * @param {{
 *   filters: import("./filters.js").RunFilters, onDone: () => void,
 * }} props
 */
export function BulkActions({ filters, onDone }) {
  const [chosen, choose] = useState(/** @type {string | null} */ (null));
  const isAll = !Object.values(filters).some(Boolean);
  return (
    <div class="row">
      <span class="faint">{isAll ? "All runs:" : "All runs of this filter:"}</span>
      {Object.entries(CHANGES).map(([name, { verb }]) => (
        <button key={name} type="button" class="small" onClick={() => choose(name)}>
          {verb.replace("them", "").replace("the state", "state").trim()}…
        </button>
      ))}
      {chosen && (
        <BulkDialog
          change={CHANGES[chosen]}
          filters={filters}
          onClose={() => {
            choose(null);
            onDone();
          }}
        />
      )}
    </div>
  );
}
