import { useState } from "preact/hooks";
import { ActionDialog } from "../../../parts/action.jsx";
import { word } from "../../../parts/shell.js";
import { State } from "../../../parts/state.jsx";
import { STATE_TYPES } from "../../../parts/states.js";

const SET_STATE = `
mutation SetState($input: set_flow_run_state_input!) {
  set_flow_run_state(input: $input) { id version status message }
}`;

/**
 * A dialog that sets the state of a run, if the run is still at the version that the dialog shows.
 * @param {import("./actions.jsx").ActionProps} props
 */
export function SetState({ run, onClose, onDone }) {
  const [seen, setSeen] = useState({ state: run.state, version: run.version });
  const [type, setType] = useState("Success");
  const [message, setMessage] = useState("");
  const [lost, setLost] = useState(false);
  const isOld = !lost && run.version !== seen.version;
  /** @param {{state: string, version: number}} other */
  const decideAnew = ({ state, version }) => {
    setSeen({ state, version });
    setLost(false);
  };
  return (
    <ActionDialog
      key={seen.version}
      title="Set the state"
      verb="Set the state"
      onClose={onClose}
      onDone={onDone}
      sent={sentOf(run.id, seen.version, { type, message })}
      explain={(error) => {
        const { code, facts } = /** @type {any} */ (error);
        if (code !== "VERSION_LOCKING_ERROR" || !facts.current_version) return null;
        return (
          <Faster
            state={facts.current_state}
            version={facts.current_version}
            onAnew={() => decideAnew({ state: facts.current_state, version: facts.current_version })}
          />
        );
      }}
    >
      <p class="row">
        You see: <State state={seen.state} /> Version {seen.version}
      </p>
      {isOld && (
        <p class="notice">
          Meanwhile it is <State state={run.state} /> at version {run.version}.{" "}
          <button type="button" class="small" onClick={() => decideAnew(run)}>
            Use version {run.version}
          </button>
        </p>
      )}
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
 * Who was faster, and a way to go on.
 * @param {{state: string, version: number, onAnew: () => void}} props
 */
function Faster({ state, version, onAnew }) {
  return (
    <div class="notice bad" role="alert">
      <strong>Somebody was faster.</strong> The run is now <State state={state} /> at version {version}.
      Nothing was changed.{" "}
      <button type="button" class="small" onClick={onAnew}>
        Use version {version}
      </button>
    </div>
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
