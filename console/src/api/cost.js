import { signal } from "@preact/signals";

/**
 * What the requests of the page that is shown have cost: number of requests, calls of the database, units.
 * @typedef {{requests: number, calls: number, read_units: number, write_units: number}} Cost
 */

/** @type {Cost} */
const NOTHING = { requests: 0, calls: 0, read_units: 0, write_units: 0 };

/** The sum since the page was opened. */
export const pageCost = signal(NOTHING);
/** The last request. */
export const lastCost = signal(NOTHING);

/** Begin to count anew, because another page is shown. */
export function forgetCost() {
  pageCost.value = NOTHING;
}

/**
 * Add what a request has cost, as `extensions.cost` says.
 * @param {any} cost
 */
export function addCost(cost) {
  const one = {
    requests: 1,
    calls: cost?.calls ?? 0,
    read_units: cost?.read_units ?? 0,
    write_units: cost?.write_units ?? 0,
  };
  lastCost.value = one;
  const sum = pageCost.value;
  pageCost.value = {
    requests: sum.requests + 1,
    calls: sum.calls + one.calls,
    read_units: sum.read_units + one.read_units,
    write_units: sum.write_units + one.write_units,
  };
}
