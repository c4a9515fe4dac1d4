import { useState } from "preact/hooks";
import { ActionDialog } from "../../../parts/action.jsx";

const RENAME = `
mutation Rename($input: set_flow_run_name_input!) {
  set_flow_run_name(input: $input) { success error }
}`;

/**
 * A dialog for another name of a run.
 * @param {import("./actions.jsx").ActionProps} props
 */
export function Rename({ run, onClose, onDone }) {
  const [name, setName] = useState(run.name);
  return (
    <ActionDialog
      title="Rename the run"
      verb="Rename it"
      disabled={!name}
      onClose={onClose}
      onDone={onDone}
      sent={{ document: RENAME, variables: { input: { flow_run_id: run.id, name } } }}
    >
      <label class="field">
        Name
        <input value={name} maxLength={200} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
    </ActionDialog>
  );
}
