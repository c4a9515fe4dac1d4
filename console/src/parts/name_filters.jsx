import { change } from "../app/route.js";
import { ProjectField } from "./project_field.jsx";
import { Words } from "./words.jsx";

/**
 * The filters of a list by name: the project, and a part of the name. Others may follow.
 * @param {{query: URLSearchParams, projects: any[], children?: import("preact").ComponentChildren}} props
 */
export function NameFilters({ query, projects, children }) {
  const set = (/** @type {Record<string, string>} */ changes) =>
    change({ ...changes, before: null, after: null });
  return (
    <form class="filters" onSubmit={(event) => event.preventDefault()}>
      <ProjectField
        value={query.get("project") ?? ""}
        projects={projects}
        onChange={(project) => set({ project })}
      />
      <Words label="Name contains" value={query.get("name") ?? ""} onChange={(name) => set({ name })} />
      {children}
    </form>
  );
}
