import { change, href, route } from "../../app/route.js";
import { Empty, Failure } from "../../parts/notice.jsx";
import { TABS } from "./documents.js";
import { FlowHead } from "./flow_head.jsx";
import { RunsTab } from "./runs_tab.jsx";
import { ScheduleTab } from "./schedule_tab.jsx";
import { SettingsTab } from "./settings_tab.jsx";
import { StartForm } from "./start_form.jsx";
import { TasksTab } from "./tasks_tab.jsx";
import { useFlow } from "./use_flow.js";
import { VersionsTab } from "./versions_tab.jsx";

const SHOWN = /** @type {Record<keyof typeof TABS, (props: any) => any>} */ ({
  runs: RunsTab,
  schedule: ScheduleTab,
  tasks: TasksTab,
  settings: SettingsTab,
  versions: VersionsTab,
});

/**
 * The view of one version of a flow, in tabs.
 * @param {{id: string}} props
 */
export function Flow({ id }) {
  const { query } = route.value;
  const tab = tabOf(query.get("tab"));
  const { flow, asked, isReady } = useFlow(id, tab);
  const Tab = SHOWN[tab];
  if (!flow) return <NoFlow asked={asked} />;
  return (
    <>
      <FlowHead flow={flow} />
      <nav class="tabs" aria-label="Parts of the flow">
        {Object.entries(TABS).map(([key, title]) => (
          <a
            key={key}
            href={href(`flows/${id}`, { tab: key === "runs" ? null : key })}
            aria-current={key === tab ? "page" : undefined}
          >
            {title}
          </a>
        ))}
      </nav>
      <Failure error={asked.error} retry={asked.refresh} />
      {isReady ? (
        <Tab flow={flow} data={asked.data} refresh={asked.refresh} />
      ) : (
        !asked.error && <Empty>Loading…</Empty>
      )}
      {query.get("start") && !flow.archived && (
        <StartForm
          flow={flow}
          onClose={() => change({ start: null }, { replace: true })}
          onDone={asked.refresh}
        />
      )}
    </>
  );
}

/** @param {string | null} name */
function tabOf(name) {
  const known = /** @type {(keyof typeof TABS)[]} */ (Object.keys(TABS));
  return known.find((tab) => tab === name) ?? "runs";
}

/** @param {{asked: import("../../api/use_query.js").Query<any>}} props */
function NoFlow({ asked }) {
  return (
    <>
      <h1>Flow</h1>
      <Failure error={asked.error} retry={asked.refresh} />
      {asked.data && <Empty>There is no flow with this id. It may have been deleted.</Empty>}
      {!asked.data && !asked.error && <Empty>Loading…</Empty>}
    </>
  );
}
