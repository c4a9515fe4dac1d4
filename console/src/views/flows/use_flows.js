import { useEffect, useState } from "preact/hooks";
import { useQuery } from "../../api/use_query.js";
import { askedPage, placeOf, shownPage } from "../../parts/name_pages.js";
import { whereOf, withSchedules } from "./filters.js";

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
      flow_runs(order_by: {created: desc}, limit: 25) {
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
  const [known, know] = useState("");
  const variables = { ...asked, groups: known.split(" ").filter(Boolean) };
  const full = useQuery(names.data && known ? FLOWS : null, variables, { shortest: 10_000 });
  const data = full.data ?? names.data;
  const groups = groupsOf(data);
  useEffect(() => {
    // A flow that was registered meanwhile is asked for with its schedule from now on.
    if (groups) know(groups);
  }, [groups]);
  const rows = shownPage(data?.flow ?? [], place);
  return {
    flows: { ...names, data, error: names.error ?? full.error },
    page: { ...rows, rows: withSchedules(rows.rows, full.data?.schedule) },
    isFirst: !place.before && !place.after,
  };
}

/** @param {any} data */
function groupsOf(data) {
  const ids = new Set((data?.flow ?? []).map((/** @type {any} */ flow) => flow.flow_group_id));
  return [...ids].sort().join(" ");
}
