import { useQuery } from "../../api/use_query.js";
import { change, route } from "../../app/route.js";
import { Empty, Loaded } from "../../parts/notice.jsx";
import { filtersOf, whereOf } from "./filters.js";
import { Filters } from "./filters.jsx";
import { RunTable } from "./run_table.jsx";

const PAGE = 50;
const RUNS = `
query Runs($where: flow_run_bool_exp!, $limit: Int!, $order: order_by!) {
  flow_run(where: $where, order_by: {created: $order}, limit: $limit) {
    id name state state_message created scheduled_start_time start_time end_time labels version
    flow { id name project { id name } }
  }
}`;

/** The list of flow runs, newest first, by the filters in the address. */
export function Runs() {
  const { query } = route.value;
  const filters = filtersOf(query);
  const query_ = useQuery(RUNS, { where: whereOf(filters), limit: PAGE, order: "desc" });
  return (
    <>
      <h1>Runs</h1>
      <Filters filters={filters} onChange={(changes) => change({ ...changes, before: null })} />
      <Loaded query={query_}>
        {({ flow_run: runs }) =>
          runs.length === 0 ? <Empty>No run matches.</Empty> : <RunTable runs={runs} />
        }
      </Loaded>
    </>
  );
}
