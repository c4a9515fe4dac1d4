import { useState } from "preact/hooks";
import { ActionDialog } from "../../parts/action.jsx";
import { newKey } from "../../parts/keys.js";
import { Started } from "../schedules/trigger_dialog.jsx";
import { ParameterInput } from "./parameter_input.jsx";
import { fieldsOf, firstText, readFields } from "./parameters.js";
import { commandOf, inputOf, START } from "./start.js";
import { StartMore } from "./start_more.jsx";

const NOTHING = { name: "", at: "", labels: "", context: "", run_config: "" };

/**
 * The form that starts a run of a flow, made from the flow's parameters.
 * @param {{flow: any, onClose: () => void, onDone: () => void}} props
 */
export function StartForm({ flow, onClose, onDone }) {
  // The flow may be asked for anew while somebody types, so the fields stay those of the beginning.
  const [fields] = useState(() => fieldsOf(flow.parameters, flow.flow_group?.default_parameters));
  const [texts, setTexts] = useState(() => fields.map(firstText));
  const [more, setMore] = useState(() => ({ ...NOTHING, key: newKey() }));
  const [isChecked, setChecked] = useState(false);
  const [run, setRun] = useState(/** @type {any} */ (null));
  if (run) return <Started run={run} onClose={onClose} />;

  const { values, problems } = readFields(fields, texts);
  const { input, problems: others } = inputOf(flow.id, values, more);
  const check = () => {
    setChecked(true);
    return problems.every((problem) => !problem) && Object.keys(others).length === 0;
  };
  return (
    <ActionDialog
      title={`Start a run of ${flow.name}`}
      verb="Start the run"
      wide
      sent={{ document: START, variables: { input }, command: commandOf(flow, input) }}
      check={check}
      onClose={onClose}
      onDone={({ create_flow_run: made }) => {
        setRun({ id: made.id, name: made.flow_run.name });
        onDone();
      }}
    >
      <h3>Parameters</h3>
      {fields.length === 0 && <p class="faint">The flow has none.</p>}
      <div class="fields">
        {fields.map((field, at) => (
          <ParameterInput
            key={field.name}
            field={field}
            text={texts[at] ?? ""}
            problem={isChecked ? (problems[at] ?? null) : null}
            onInput={(text) => setTexts(texts.with(at, text))}
          />
        ))}
      </div>
      <StartMore flow={flow} more={more} problems={isChecked ? others : {}} onChange={setMore} />
    </ActionDialog>
  );
}
