import { useState } from "preact/hooks";
import { go, href } from "../../../app/route.js";
import { ActionDialog } from "../../../parts/action.jsx";
import { Field } from "../../../parts/field.jsx";
import { instantOf, ZONE } from "../../../parts/local_time.js";
import { againOf } from "../again.js";
import { parametersOf } from "../parameters.js";

/**
 * A dialog that starts another run of the same flow, with these or changed parameters.
 * @param {import("./actions.jsx").ActionProps} props
 */
export function RunAgain({ run, onClose }) {
  const [text, setText] = useState(JSON.stringify(run.parameters ?? {}, null, 2));
  const [name, setName] = useState("");
  const [key, setKey] = useState("");
  const [when, setWhen] = useState("");
  const { value, fault } = parametersOf(text);
  const at = instantOf(when);
  return (
    <ActionDialog
      title="Run again"
      verb="Start a run"
      disabled={fault !== ""}
      onClose={onClose}
      onDone={({ create_flow_run: made }) => {
        onClose();
        go(href(`runs/${made.id}`));
      }}
      sent={againOf(run, { parameters: value ?? {}, name, key, at })}
    >
      <p class="faint">
        {run.of.archived
          ? "The version of this run is archived, so the newest version of the flow runs."
          : `Version ${run.of.version} of the flow runs. The command takes the newest one.`}
      </p>
      <Field label="Parameters, as JSON" problem={fault}>
        {(attributes) => (
          <textarea
            {...attributes}
            rows={8}
            class="code-field"
            spellcheck={false}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        )}
      </Field>
      <div class="grid">
        <label class="field">
          When, in {ZONE} (now if empty)
          <input type="datetime-local" value={when} onInput={(event) => setWhen(event.currentTarget.value)} />
        </label>
        <label class="field">
          Idempotency key (optional)
          <input value={key} onInput={(event) => setKey(event.currentTarget.value)} />
        </label>
        <label class="field">
          Name (made up if empty)
          <input value={name} maxLength={200} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
      </div>
    </ActionDialog>
  );
}
