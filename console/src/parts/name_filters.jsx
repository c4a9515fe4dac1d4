import { change } from "../app/route.js";
import { Words } from "./words.jsx";

/**
 * The filters of a list by name: the project, and a part of the name. Others may follow.
 * @param {{query: URLSearchParams, projects: any[], children?: import("preact").ComponentChildren}} props
 */
export function NameFilters({ query, projects, children }) {
  const set = (/** @type {Record<string, string>} */ changes) =>
    change({ ...changes, before: null, after: null });
  const project = query.get("project") ?? "";
  const isKnown = project === "" || projects.some(({ id }) => id === project);
  return (
    <form class="filters" onSubmit={(event) => event.preventDefault()}>
      <label class="field">
        Project
        <select value={project} onChange={(event) => set({ project: event.currentTarget.value })}>
          <option value="">All</option>
          {!isKnown && <option value={project}>{project}</option>}
          {projects.map(({ id, name }) => (
            <option key={id} value={id}>
              {name.length > 60 ? `${name.slice(0, 60)}…` : name}
            </option>
          ))}
        </select>
      </label>
      <Words label="Name contains" value={query.get("name") ?? ""} onChange={(name) => set({ name })} />
      {children}
    </form>
  );
}
