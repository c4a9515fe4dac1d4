import { useMemo, useState } from "preact/hooks";
import { ActionDialog } from "../../../parts/action.jsx";
import { word } from "../../../parts/shell.js";
import { useSeen } from "./seen.jsx";

const RESTART = `
mutation Restart($input: restart_flow_run_input!) {
  restart_flow_run(input: $input) { id state version left }
}`;

/**
 * The question before a run that is over goes on from what has failed.
 *
 * A key of the dialog makes its repeats the same restart, also after a response was lost.
 * @param {import("./actions.jsx").ActionProps} props
 */
export function Restart({ run, onClose, onDone }) {
  const { seen, explain, shown } = useSeen(run);
  const [left, setLeft] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another version is another decision
  const key = useMemo(() => crypto.getRandomValues(new Uint32Array(4)).join("-"), [seen.version]);
  const input = { flow_run_id: run.id, version: seen.version, idempotency_key: key };
  return (
    <ActionDialog
      title="Restart from failed"
      verb={left ? "Go on" : "Restart the run"}
      onClose={onClose}
      onDone={({ restart_flow_run: done }) => (done.left ? setLeft(true) : onDone())}
      explain={explain}
      sent={{
        document: RESTART,
        variables: { input },
        command: `flow-runs restart ${word(run.id)} --version ${seen.version} --key ${word(key)}`,
      }}
    >
      <p>
        Its failed and unfinished task runs begin anew, with those that depend on them. What succeeded is kept
        and not repeated. The run is Scheduled, due at once.
      </p>
      {shown}
      {left && (
        <p class="notice" role="status">
          It has more task runs than one request resets. Go on until all are, or leave it to the service,
          which needs some minutes.
        </p>
      )}
    </ActionDialog>
  );
}
