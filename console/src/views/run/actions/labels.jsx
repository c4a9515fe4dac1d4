import { useState } from "preact/hooks";
import { ActionDialog } from "../../../parts/action.jsx";
import { labelsOf } from "../parameters.js";

const LABELS = `
mutation Labels($input: set_flow_run_labels_input!) {
  set_flow_run_labels(input: $input) { success error }
}`;

/**
 * A dialog for other labels of a run.
 * @param {import("./actions.jsx").ActionProps} props
 */
export function Labels({ run, onClose, onDone }) {
  const [text, setText] = useState(run.labels.join("\n"));
  return (
    <ActionDialog
      title="Labels of the run"
      verb="Set the labels"
      onClose={onClose}
      onDone={onDone}
      sent={{ document: LABELS, variables: { input: { flow_run_id: run.id, labels: labelsOf(text) } } }}
    >
      <label class="field">
        Labels, one a line
        <textarea rows={5} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <p class="faint">Only an agent that has all of them takes the run.</p>
    </ActionDialog>
  );
}
