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
            Last refresh: {words(lastCost.value)}. This page: {counted(requests, "request")},{" "}
            {words(pageCost.value)}.
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
  const written = write_units ? `, ${counted(write_units, "write unit")}` : "";
  return `${counted(calls, "call")}, ${counted(read_units, "read unit")}${written}`;
}

/**
 * @param {number} number
 * @param {string} noun
 */
function counted(number, noun) {
  const rounded = Math.round(number * 10) / 10;
  return `${rounded} ${noun}${rounded === 1 ? "" : "s"}`;
}
