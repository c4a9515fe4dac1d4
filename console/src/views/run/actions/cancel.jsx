import { ActionDialog } from "../../../parts/action.jsx";
import { word } from "../../../parts/shell.js";

const CANCEL = `
mutation Cancel($input: cancel_flow_run_input!) {
  cancel_flow_run(input: $input) { id state }
}`;

/**
 * The question before a run is cancelled.
 * @param {import("./actions.jsx").ActionProps} props
 */
export function Cancel({ run, onClose, onDone }) {
  return (
    <ActionDialog
      title="Cancel the run"
      verb="Cancel the run"
      danger
      onClose={onClose}
      onDone={onDone}
      sent={{
        document: CANCEL,
        variables: { input: { flow_run_id: run.id } },
        command: `flow-runs cancel ${word(run.id)}`,
      }}
    >
      <p>
        A run that has not begun is Cancelled at once. One that runs is Cancelling until its process confirms
        it. One that has ended stays as it is.
      </p>
    </ActionDialog>
  );
}
