import { go, href } from "../../../app/route.js";
import { ActionDialog } from "../../../parts/action.jsx";
import { word } from "../../../parts/shell.js";
import { isOver } from "../../../parts/states.js";

const DELETE = `
mutation Delete($input: delete_flow_run_input!) {
  delete_flow_run(input: $input) { success error }
}`;

/**
 * The question before a run is deleted.
 * @param {import("./actions.jsx").ActionProps} props
 */
export function Delete({ run, onClose }) {
  return (
    <ActionDialog
      title="Delete the run"
      verb="Delete it"
      danger
      onClose={onClose}
      onDone={() => go(href("runs"), { replace: true })}
      sent={{
        document: DELETE,
        variables: { input: { flow_run_id: run.id } },
        command: `flow-runs delete ${word(run.id)}`,
      }}
    >
      <p>
        <strong class="long">{run.name}</strong> goes with its history, task runs, log and artifacts. This
        cannot be undone.
      </p>
      {!isOver(run.state) && <p>It has not ended. Its process goes on, but can report nothing any more.</p>}
    </ActionDialog>
  );
}
