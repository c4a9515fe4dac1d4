import { useRef } from "preact/hooks";
import { useQuery } from "../../api/use_query.js";
import { askedPage, placeOf, shownPage } from "../../parts/name_pages.js";
import { whereOf, withSchedules } from "./filters.js";

/** How many runs of each flow are asked for. */
export const NEWEST = 25;
const PAGE = 20;
const NAMES = `
query FlowNames($where: flow_bool_exp!, $order: order_by!, $limit: Int!) {
  flow(where: $where, order_by: [{name: $order}, {id: $order}], limit: $limit) {
    id name version flow_group_id is_schedule_active schedule_fault project { id name }
  }
}`;
const FLOWS = `
query Flows($where: flow_bool_exp!, $order: order_by!, $limit: Int!, $groups: [UUID!]!) {
  flow(where: $where, order_by: [{name: $order}, {id: $order}], limit: $limit) {
    id name version flow_group_id is_schedule_active schedule_fault project { id name }
    flow_group {
      flow_runs(order_by: {created: desc}, limit: ${NEWEST}) {
        id name state start_time end_time
      }
    }
  }
  schedule(where: {flow_group_id: {_in: $groups}}) { id is_active next_run pause }
}`;

/**
 * Ask for a page of flows: first for their names alone, then, as long as the page is shown, with what else is
 * shown of them. The schedules of the page are found by the groups that the names brought.
 * @param {URLSearchParams} query
 */
export function useFlows(query) {
  const place = placeOf(query, PAGE);
  const { range, order, limit } = askedPage(place);
  const asked = { where: whereOf(query, range), order, limit };
  const names = useQuery(NAMES, asked, { poll: false });
  // The groups change with what comes, without a new beginning: each request names those known by then.
  const groups = useRef(/** @type {string[]} */ ([]));
  const full = useQuery(names.data && FLOWS, () => ({ ...asked, groups: groups.current }), {
    key: JSON.stringify(asked),
    shortest: 10_000,
  });
  const data = full.data ?? names.data;
  groups.current = groupsOf(data);
  const rows = shownPage(data?.flow ?? [], place);
  return {
    flows: { ...(names.error ? names : full), data },
    page: { ...rows, rows: withSchedules(rows.rows, full.data?.schedule) },
    isFirst: !place.before && !place.after,
  };
}

/** @param {any} data */
function groupsOf(data) {
  return [...new Set((data?.flow ?? []).map((/** @type {any} */ flow) => flow.flow_group_id))].sort();
}
