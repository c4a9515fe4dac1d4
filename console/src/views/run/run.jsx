import { useEffect, useMemo } from "preact/hooks";
import { keyTurns } from "../../api/key.js";
import { change, href, route } from "../../app/route.js";
import { Failure } from "../../parts/notice.jsx";
import { Actions } from "./actions/actions.jsx";
import { GraphTab } from "./graph_tab.jsx";
import { Header } from "./header.jsx";
import { isId } from "./ids.js";
import { LiveRun } from "./live.js";
import { Logs } from "./logs.jsx";
import { OverviewTab } from "./overview_tab.jsx";
import { TaskRunPanel } from "./task_run_panel.jsx";
import { Timeline } from "./timeline.jsx";

const TABS = /** @type {Record<string, {title: string, Tab: (props: {live: LiveRun}) => any}>} */ ({
  overview: { title: "Overview", Tab: OverviewTab },
  timeline: { title: "Timeline", Tab: Timeline },
  graph: { title: "Graph", Tab: GraphTab },
  logs: { title: "Logs", Tab: Logs },
});

/** Return the tab that the address names, and the rest of what it says. */
function place() {
  const { query } = route.value;
  const tab = query.get("tab") ?? "overview";
  return { tab: Object.hasOwn(TABS, tab) ? tab : "overview", query };
}

/**
 * The view of one run.
 * @param {{id: string}} props
 */
export function Run({ id }) {
  const live = useMemo(() => new LiveRun(id, place), [id]);
  const { tab, query } = place();
  const key = keyTurns.value;
  // What asks for other data at once: another tab, another task run, other entries of the log.
  const shown = JSON.stringify([tab, query.get("task_run"), ...(tab === "logs" ? [...query] : [])]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another key begins anew
  useEffect(() => {
    if (!isId(id)) return undefined;
    live.start();
    return () => live.poller.end();
  }, [live, key]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whatever is shown otherwise is asked for at once
  useEffect(() => {
    if (live.known.value.run) live.poller.now();
  }, [live, shown]);

  const { run, error, panel } = live.known.value;
  if (!isId(id) || run === null) return <NoRun id={id} />;
  const { Tab } = TABS[tab] ?? { Tab: OverviewTab };
  return (
    <>
      <Failure error={error} retry={() => live.poller.now()} />
      {run === undefined && !error && <p class="empty">Loading…</p>}
      {run && (
        <>
          <Header run={run} />
          <Actions run={run} onDone={() => live.poller.now()} />
          <Tabs tab={tab} />
          <Tab live={live} />
          {query.has("task_run") && (
            <TaskRunPanel
              id={query.get("task_run") ?? ""}
              panel={panel}
              live={live}
              onClose={() => change({ task_run: null })}
            />
          )}
        </>
      )}
    </>
  );
}

/** @param {{tab: string}} props */
function Tabs({ tab }) {
  return (
    <nav class="tabs" aria-label="Parts of the run">
      {Object.entries(TABS).map(([name, { title }]) => (
        <a
          key={name}
          href={href(route.value.parts.map(encodeURIComponent).join("/"), {
            tab: name === "overview" ? "" : name,
          })}
          aria-current={name === tab ? "page" : undefined}
        >
          {title}
        </a>
      ))}
    </nav>
  );
}

/** @param {{id: string}} props */
function NoRun({ id }) {
  return (
    <>
      <h1>There is no such run</h1>
      <p>
        No flow run has the id <code class="long">{id.slice(0, 200)}</code>. It may have been deleted.{" "}
        <a href={href("runs")}>See the runs that are there</a>.
      </p>
    </>
  );
}
