/** The names of the filters of a list of runs in an address. */
export const FILTERS = /** @type {const} */ ([
  "state",
  "flow",
  "project",
  "label",
  "name",
  "key",
  "from",
  "to",
]);

/**
 * The filters of a list of runs, as the address has them; "" where there is none.
 * @typedef {Record<typeof FILTERS[number], string>} RunFilters
 */

/**
 * Return the filters in a query of an address.
 * @param {URLSearchParams} query
 * @returns {RunFilters}
 */
export function filtersOf(query) {
  return /** @type {RunFilters} */ (Object.fromEntries(FILTERS.map((name) => [name, query.get(name) ?? ""])));
}

/**
 * Return the filter of the API for the filters of a list.
 * @param {RunFilters} filters
 */
export function whereOf({ state, flow, project, label, name, key, from, to }) {
  /** @type {Record<string, any>} */
  const where = {};
  if (state) where.state = { _in: state.split(",") };
  if (flow) where.flow = { name: { _eq: flow } };
  if (project) where.flow = { ...where.flow, project_id: { _eq: project } };
  if (label) where.labels = { _contains: [label] };
  if (name) where.name = name.endsWith("*") ? { _ilike: beginsWith(name) } : { _eq: name };
  if (key) where.idempotency_key = { _eq: key };
  const created = { ...bound("_gte", from), ...bound("_lte", to) };
  if (Object.keys(created).length > 0) where.created = created;
  return where;
}

/**
 * Return a pattern for the names that begin with a text, which ends in a star.
 * @param {string} name
 */
function beginsWith(name) {
  return `${name.slice(0, -1).replaceAll(/[\\%_]/g, "\\$&")}%`;
}

/**
 * @param {string} operator
 * @param {string} local
 */
function bound(operator, local) {
  const time = isoOf(local);
  return time ? { [operator]: time } : {};
}

/**
 * Return the time of a field of the browser, in its zone, as the API takes it; "" for none.
 * @param {string} local
 */
function isoOf(local) {
  const time = new Date(local);
  return Number.isNaN(time.getTime()) ? "" : time.toISOString();
}
