/**
 * The filters of a list of runs, as the address has them; "" where there is none.
 * @typedef {{state: string, flow: string, name: string}} RunFilters
 */

/**
 * Return the filters in a query of an address.
 * @param {URLSearchParams} query
 * @returns {RunFilters}
 */
export function filtersOf(query) {
  const text = (/** @type {string} */ name) => query.get(name) ?? "";
  return { state: text("state"), flow: text("flow"), name: text("name") };
}

/**
 * Return the filter of the API for the filters of a list.
 * @param {RunFilters} filters
 */
export function whereOf({ state, flow, name }) {
  /** @type {Record<string, unknown>} */
  const where = {};
  if (state) where.state = { _in: state.split(",") };
  if (flow) where.flow = { name: { _eq: flow } };
  if (name) where.name = { _ilike: `${name.replaceAll(/[\\%_]/g, "\\$&")}%` };
  return where;
}
