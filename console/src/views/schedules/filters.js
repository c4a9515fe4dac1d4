/**
 * Return the filter of the API for the filters that the address of the schedules has.
 * @param {URLSearchParams} query
 * @param {Record<string, any>} range  of the page
 */
export function whereOf(query, range) {
  const [state, project, name] = ["state", "project", "name"].map((key) => query.get(key));
  return {
    ...range,
    ...STATES[state ?? ""],
    ...(project && { flow: { project_id: { _eq: project } } }),
    ...(name && { name: { ...range.name, _ilike: contains(name) } }),
  };
}

/**
 * Return the pattern of texts that contain another one.
 * @param {string} text
 */
export function contains(text) {
  return `%${text.replaceAll(/[\\%_]/g, "\\$&")}%`;
}

const RUNS = { is_active: { _eq: true }, fault: { _is_null: true } };
const STATES = /** @type {Record<string, Record<string, any>>} */ ({
  on: { ...RUNS, pause: { _is_null: true } },
  paused: { ...RUNS, pause: { _is_null: false } },
  fault: { is_active: { _eq: true }, fault: { _is_null: false } },
  off: { is_active: { _eq: false } },
});
