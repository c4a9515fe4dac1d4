import { lastCost, pageCost } from "../api/cost.js";
import { apiKey, keepKey } from "../api/key.js";

/** The line below each view: what it has cost, and whose key is used. */
export function CostLine() {
  const { requests } = pageCost.value;
  return (
    <footer class="bottom">
      <span title="Calls of the database and capacity units of the last request, and of this page until now">
        {requests > 0 && (
          <>
            Last refresh: {words(lastCost.value)}. This page: {requests}{" "}
            {requests === 1 ? "request" : "requests"}, {words(pageCost.value)}.
          </>
        )}
      </span>
      {apiKey.value && (
        <button type="button" class="plain" onClick={() => keepKey("")}>
          Forget the API key
        </button>
      )}
    </footer>
  );
}

/** @param {import("../api/cost.js").Cost} cost */
function words({ calls, read_units, write_units }) {
  const written = write_units ? `, ${round(write_units)} write units` : "";
  return `${calls} calls, ${round(read_units)} read units${written}`;
}

/** @param {number} units */
function round(units) {
  return Math.round(units * 10) / 10;
}
