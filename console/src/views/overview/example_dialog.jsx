import { ActionDialog } from "../../parts/action.jsx";
import { word } from "../../parts/shell.js";

const FLOW = {
  name: "Example",
  parameters: [{ name: "x", required: false, default: 1 }],
  tasks: ["extract", "transform", "load"].map((name) => ({
    name,
    slug: `${name}-1`,
    type: "Example",
    tags: [],
  })),
  edges: [edge("extract", "transform"), edge("transform", "load")],
};
const SENT = {
  document: `
mutation MakeExample($input: create_flow_input!) {
  create_flow(input: $input) { id }
}`,
  // The same key makes no second version, however often somebody asks.
  variables: { input: { serialized_flow: FLOW, idempotency_key: "example" } },
  command: `flow-runs create-project Default\necho ${word(JSON.stringify(FLOW))} |\n  flow-runs register - --project Default --key example`,
};

/**
 * A dialog that registers a small flow, in the project of flows that name none.
 * @param {{onClose: () => void, onDone: (flow: string) => void}} props
 */
export function ExampleDialog({ onClose, onDone }) {
  return (
    <ActionDialog
      title="Make an example flow"
      verb="Make it"
      sent={SENT}
      onClose={onClose}
      onDone={(data) => onDone(data.create_flow.id)}
    >
      <p>
        It has three tasks and one parameter, and is in the project “Default”. Its settings can delete it
        later.
      </p>
    </ActionDialog>
  );
}

/**
 * @param {string} first
 * @param {string} last
 */
function edge(first, last) {
  return { upstream_task: { slug: `${first}-1` }, downstream_task: { slug: `${last}-1` }, key: null };
}
