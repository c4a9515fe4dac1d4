import { change, route } from "../../app/route.js";
import { NameFilters } from "../../parts/name_filters.jsx";
import { NamePager } from "../../parts/name_pager.jsx";
import { Empty, Loaded } from "../../parts/notice.jsx";
import { useProjects } from "../../parts/use_projects.js";
import { FlowTable } from "./flow_table.jsx";
import { useFlows } from "./use_flows.js";

/** The flows by name, each with its last runs and its schedule. */
export function Flows() {
  const { query } = route.value;
  const projects = useProjects();
  const { flows, page, isFirst } = useFlows(query);
  const isArchived = query.get("archived") === "1";
  return (
    <>
      <h1>Flows</h1>
      <NameFilters query={query} projects={projects}>
        <label>
          <input
            type="checkbox"
            checked={isArchived}
            onChange={(event) =>
              change({ archived: event.currentTarget.checked && "1", before: null, after: null })
            }
          />{" "}
          Archived versions
        </label>
      </NameFilters>
      <Loaded query={flows}>
        {() =>
          page.rows.length === 0 ? (
            <Empty>
              No flow matches. Register one with <code>flow-runs register</code>, or with Prefect Core.
            </Empty>
          ) : (
            <FlowTable flows={page.rows} />
          )
        }
      </Loaded>
      <NamePager previous={page.previous} next={page.next} isFirst={isFirst} />
    </>
  );
}
