import { contains } from "../schedules/filters.js";

/**
 * Return the filter of the API for the filters that the address of the flows has.
 * @param {URLSearchParams} query
 * @param {Record<string, any>} range  of the page
 */
export function whereOf(query, range) {
  const [project, name] = [query.get("project"), query.get("name")];
  return {
    ...range,
    archived: { _eq: query.get("archived") === "1" },
    ...(project && { project_id: { _eq: project } }),
    ...(name && { name: { ...range.name, _ilike: contains(name) } }),
  };
}

/**
 * Return flows with the schedules of their groups, as far as these were ever switched on.
 * @param {any[]} flows
 * @param {any[]} [schedules]
 */
export function withSchedules(flows, schedules = []) {
  const byGroup = new Map(schedules.map((schedule) => [schedule.id, schedule]));
  return flows.map((flow) => ({ ...flow, schedule: byGroup.get(flow.flow_group_id) ?? null }));
}
