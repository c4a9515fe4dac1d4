import { useEffect, useState } from "preact/hooks";
import { ApiFailure } from "../../api/failure.js";
import { useQuery } from "../../api/use_query.js";
import { change, href, route } from "../../app/route.js";
import { Loaded } from "../../parts/notice.jsx";
import { ProjectField } from "../../parts/project_field.jsx";
import { listsOf, OVERVIEW } from "./documents.js";
import { Figures } from "./figures.jsx";
import { Lists } from "./lists.jsx";
import { beginningOf, SPANS } from "./numbers.js";
import { Plot } from "./plot.jsx";
import { Welcome } from "./welcome.jsx";

const PROJECTS = "query Projects { project(order_by: {name: asc}) { id name } }";

/**
 * Return whether there is no project, as far as it is known. Then the first one is waited for.
 * @param {any} data
 */
function isEmpty(data) {
  return !data || data.project.length === 0;
}

/**
 * Return whether a project has too many flows for numbers. Its other parts are shown without them.
 * @param {unknown} error
 */
function isTooLarge(error) {
  return error instanceof ApiFailure && error.facts.field === "project_id";
}

/** What happens now and happened lately, in all projects or in one. */
export function Overview() {
  const { query } = route.value;
  const named = query.get("span") ?? "day";
  const span = Object.hasOwn(SPANS, named) ? named : "day";
  const project = query.get("project") ?? "";
  const projects = useQuery(PROJECTS, {}, { poll: isEmpty });
  const isNew = projects.data !== null && isEmpty(projects.data);
  const [large, setLarge] = useState("");
  const isCounted = !project || large !== project;
  const overview = useQuery(
    isNew ? null : OVERVIEW,
    () => ({
      from: beginningOf(span, Date.now()),
      bucket: SPANS[span].bucket,
      project: project || null,
      counted: isCounted,
      ...listsOf(project, Date.now()),
    }),
    { key: `${span} ${project} ${isCounted}`, shortest: 10_000, keep: true },
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: an error is that of the project that was shown when it came
  useEffect(() => {
    if (isTooLarge(overview.error)) setLarge(project);
  }, [overview.error]);
  if (isNew) return <Welcome />;
  return (
    <>
      <h1>Overview</h1>
      <form class="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
        <ProjectField
          value={project}
          projects={projects.data?.project}
          onChange={(one) => change({ project: one })}
        />
        <label class="field">
          Time
          <select value={span} onChange={(event) => change({ span: event.currentTarget.value })}>
            {Object.entries(SPANS).map(([name, { title }]) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </select>
        </label>
      </form>
      <Loaded query={isTooLarge(overview.error) ? { ...overview, error: null } : overview}>
        {(data) => (
          <>
            {!isCounted && (
              <p class="notice">
                A project of more than 50 flows has no numbers and no plot, because they would be summed flow
                by flow. <a href={href("runs", { project, state: "Failed" })}>See its runs that failed</a>, or
                choose all projects.
              </p>
            )}
            {data.flow_run_counts && (
              <>
                <Figures buckets={data.flow_run_counts} depth={project ? null : data.queue_depth} />
                <Plot buckets={data.flow_run_counts} byDay={SPANS[span].bucket === "DAY"} />
              </>
            )}
            <Lists data={data} />
          </>
        )}
      </Loaded>
    </>
  );
}
