import { useQuery } from "../api/use_query.js";

const PROJECTS = "query Projects { project(order_by: {name: asc}, limit: 500) { id name } }";

/** Return the projects by name, for a field that offers them. They are asked for once. */
export function useProjects() {
  return useQuery(PROJECTS, {}, { poll: false }).data?.project ?? NONE;
}

/** @type {any[]} */
const NONE = [];
