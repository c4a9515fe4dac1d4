import { useQuery } from "../../api/use_query.js";
import { change, route } from "../../app/route.js";
import { Empty, Loaded } from "../../parts/notice.jsx";
import { pageIn, pageOf } from "../../parts/pager.js";
import { Pager } from "../../parts/pager.jsx";
import { Strip } from "../../parts/strip.jsx";
import { BulkActions } from "./bulk_actions.jsx";
import { filtersOf, whereOf } from "./filters.js";
import { Filters } from "./filters.jsx";
import { RunTable } from "./run_table.jsx";

const PAGE = 50;
const RUNS = `
query Runs($where: flow_run_bool_exp!, $limit: Int!, $order: order_by!) {
  flow_run(where: $where, order_by: {created: $order}, limit: $limit) {
    id name state state_message version created scheduled_start_time start_time end_time labels
    flow { id name project { id name } }
  }
}`;
const PROJECTS = "query Projects { project(order_by: {name: asc}) { id name } }";

/** The list of flow runs, newest first, by the filters in the address. */
export function Runs() {
  const { query } = route.value;
  const filters = filtersOf(query);
  const projects = useQuery(PROJECTS, {}, { poll: false }).data?.project ?? [];
  const place = { before: query.get("before"), after: query.get("after"), limit: PAGE };
  const isFirst = !place.before && !place.after;
  const { range, order, limit } = pageOf(place);
  const where = { ...whereOf(filters), ...range };
  const runs = useQuery(RUNS, { where, order, limit }, { poll: isFirst });
  return (
    <>
      <h1>Runs</h1>
      <Filters
        filters={filters}
        projects={projects}
        onChange={(changes) => change({ ...changes, before: null, after: null })}
      />
      {/* Not with the rows, because a dialog must outlive the rows that it deletes. */}
      <BulkActions filters={filters} onDone={runs.refresh} />
      <Loaded query={runs}>
        {(data) => {
          const page = pageIn(/** @type {any[]} */ (data.flow_run), place);
          if (page.rows.length === 0) return <Empty>{EMPTY[Number(isFirst)]}</Empty>;
          return (
            <>
              <Strip runs={page.rows} />
              <RunTable runs={page.rows} />
              <Pager {...page} isFirst={isFirst} />
            </>
          );
        }}
      </Loaded>
    </>
  );
}

const EMPTY = ["There are no more runs.", "No run matches. A flow's view has the form that starts one."];
