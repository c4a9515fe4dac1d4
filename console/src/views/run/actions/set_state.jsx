import { useState } from "preact/hooks";
import { ActionDialog } from "../../../parts/action.jsx";
import { word } from "../../../parts/shell.js";
import { STATE_TYPES } from "../../../parts/states.js";
import { useSeen } from "./seen.jsx";

const SET_STATE = `
mutation SetState($input: set_flow_run_state_input!) {
  set_flow_run_state(input: $input) { id version status message }
}`;

/**
 * A dialog that sets the state of a run, if the run is still at the version that the dialog shows.
 * @param {import("./actions.jsx").ActionProps} props
 */
export function SetState({ run, onClose, onDone }) {
  const { seen, explain, shown } = useSeen(run);
  const [type, setType] = useState("Success");
  const [message, setMessage] = useState("");
  return (
    <ActionDialog
      title="Set the state"
      verb="Set the state"
      onClose={onClose}
      onDone={onDone}
      sent={sentOf(run.id, seen.version, { type, message })}
      explain={explain}
    >
      {shown}
      <label class="field">
        State
        <select value={type} onChange={(event) => setType(event.currentTarget.value)}>
          {STATE_TYPES.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </label>
      <label class="field">
        Message
        <input value={message} onInput={(event) => setMessage(event.currentTarget.value)} />
      </label>
    </ActionDialog>
  );
}

/**
 * Return what sets a state.
 * @param {string} id
 * @param {number} version
 * @param {{type: string, message: string}} state
 */
function sentOf(id, version, { type, message }) {
  const state = message ? { type, message } : { type };
  const words = [
    "flow-runs",
    "set-state",
    id,
    type,
    "--version",
    version,
    ...(message ? [`--message=${message}`] : []),
  ];
  return {
    document: SET_STATE,
    variables: { input: { flow_run_id: id, version, state } },
    command: words.map(word).join(" "),
  };
}
