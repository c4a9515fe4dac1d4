import { useEffect, useState } from "preact/hooks";
import { useQuery } from "../../api/use_query.js";
import { DOCUMENTS, hasPart } from "./documents.js";

// Runs come and go; what was registered hardly changes.
const SHORTEST = { runs: 3000, schedule: 10_000, tasks: 30_000, settings: 30_000, versions: 30_000 };

/**
 * Ask for what a tab of a flow shows. What the head shows stays while another tab is asked for.
 * @param {string} id
 * @param {keyof typeof import("./documents.js").TABS} tab
 * @returns {{flow: any, asked: import("../../api/use_query.js").Query<any>, isReady: boolean}}
 */
export function useFlow(id, tab) {
  const [last, keep] = useState(/** @type {any} */ (null));
  const { document, isWhole } = documentOf(tab, last);
  const variables = isWhole && tab === "schedule" ? { id, group: last.flow_group_id } : { id };
  const asked = useQuery(document, variables, { poll: isWhole, shortest: SHORTEST[tab] });
  useEffect(() => {
    if (asked.data) keep(asked.data.flow_by_pk);
  }, [asked.data]);
  return {
    flow: asked.data ? asked.data.flow_by_pk : last,
    asked,
    isReady: isWhole && hasPart(tab, asked.data),
  };
}

/**
 * Return the document of a tab. The schedule's needs the group, which the head tells.
 * @param {keyof typeof import("./documents.js").TABS} tab
 * @param {any} flow  null while nothing is known
 */
function documentOf(tab, flow) {
  if (tab !== "schedule") return { document: DOCUMENTS[tab], isWhole: true };
  if (!flow) return { document: DOCUMENTS.head, isWhole: false };
  const hasPreview = scheduleOf(flow) && !flow.schedule_fault;
  return { document: hasPreview ? DOCUMENTS.preview : DOCUMENTS.schedule, isWhole: true };
}

/**
 * Return the schedule in effect: that of the group, else that of the flow.
 * @param {any} flow
 */
export function scheduleOf(flow) {
  return flow.flow_group?.schedule ?? flow.schedule;
}
